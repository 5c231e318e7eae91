"""Reads a folder of capture files and prints what the calls come to, as JSON: rollout id -> [call, …].

Run with the Python of a NeMo Gym installation it uses Gym's own reader, with any other one that follows the same rules: a shared
lock while reading, a line per call, empty lines passed over, tokens from the answer's usage.
"""

import fcntl
import json
import sys
from pathlib import Path

SHOWN = ("model_call_id", "response_id", "client_session_id", "dialect", "status_code", "error_category", "tokens_in", "tokens_out",
         "tokens_reasoning", "cached_tokens", "finish_reason", "upstream_attempted", "response_source", "upstream_status_code",
         "local_response_reason", "started_at", "completed_at", "latency_total_ms", "latency_ttft_ms")


def with_gym(folder, rollout):
    from nemo_gym.base_responses_api_model import CaptureStore, read_available_model_call_records

    calls, damaged = read_available_model_call_records(CaptureStore(folder), rollout)
    assert damaged == 0, f"{rollout}: {damaged} lines cannot be read"
    for call in calls:
        yield {**call.model_dump(), "model_server": call.model_ref.name, "tools": [tool["name"] for tool in call.tool_calls]}


def by_the_rules(folder, rollout):
    with open(folder / f"{rollout}.capture.jsonl", "rb") as handle:
        fcntl.flock(handle.fileno(), fcntl.LOCK_SH)
        lines = [line for line in handle if line.strip()]
        fcntl.flock(handle.fileno(), fcntl.LOCK_UN)
    for line in lines:
        call = json.loads(line)
        assert isinstance(call, dict)
        answer = call["response"] or {}
        usage = answer.get("usage") or {}
        first = (answer.get("choices") or [{}])[0]
        finish = (answer.get("stop_reason"), first.get("finish_reason"), (answer.get("incomplete_details") or {}).get("reason"))
        cached = usage.get("cache_read_input_tokens")
        for name in ("input_tokens_details", "prompt_tokens_details"):
            cached = (usage.get(name) or {}).get("cached_tokens", cached)
        reasoning = None
        for name in ("output_tokens_details", "completion_tokens_details"):
            reasoning = (usage.get(name) or {}).get("reasoning_tokens", reasoning)
        whole = usage.get("input_tokens", usage.get("prompt_tokens"))
        for name in ("cache_read_input_tokens", "cache_creation_input_tokens"):
            whole = whole + usage[name] if usage.get(name) is not None else whole
        tools = [item["name"] for item in answer.get("output") or [] if item.get("type") == "function_call"]
        tools += [tool["function"]["name"] for tool in (first.get("message") or {}).get("tool_calls") or []]
        tools += [part["name"] for part in answer.get("content") or [] if part.get("type") == "tool_use"]
        yield {
            **call,
            "response_id": answer.get("id"),
            "tokens_in": whole,
            "tokens_out": usage.get("output_tokens", usage.get("completion_tokens")),
            "tokens_reasoning": reasoning,
            "cached_tokens": cached,
            "finish_reason": next((value for value in finish if isinstance(value, str)), None),
            "latency_total_ms": call["latency_ms"],
            "model_server": call["model_ref"]["name"],
            "tools": tools,
        }


def main(folder, reader):
    found = {}
    for path in sorted(folder.glob("*.capture.jsonl")):
        rollout = path.name.removesuffix(".capture.jsonl")
        calls = (with_gym if reader == "gym" else by_the_rules)(folder, rollout)
        names = (*SHOWN, "model_server", "tools")
        found[rollout] = [{name: call.get(name) for name in names} for call in calls]
    print(json.dumps(found))


main(Path(sys.argv[1]), sys.argv[2])
