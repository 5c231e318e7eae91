"""Reads a JSON list of Responses answers from standard input and prints, for each, whether Gym's own model takes it."""

import json
import sys

from nemo_gym.openai_utils import NeMoGymResponse


def taken(answer):
    try:
        NeMoGymResponse.model_validate(answer)
        return None
    except ValueError as error:
        return str(error)[:500]


print(json.dumps([taken(answer) for answer in json.load(sys.stdin)]))
