"""``./egide test``: linters, types, import contracts, tests; ``--all`` adds the slow ones."""

import os
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_BIN = Path(sys.executable).parent


def _step(name: str, *command: str) -> bool:
    print(f"== {name}", flush=True)
    return subprocess.run(command, cwd=_ROOT, check=False).returncode == 0


def main() -> int:
    arguments = sys.argv[1:]
    slow = "--all" in arguments
    rest = [argument for argument in arguments if argument != "--all"]
    os.environ["PYTHONPATH"] = str(_ROOT / "src")
    checks = True
    if not rest:
        checks = all(
            [
                _step("ruff", str(_BIN / "ruff"), "check", "--quiet", "src", "tests", "bench"),
                _step(
                    "format",
                    str(_BIN / "ruff"),
                    "format",
                    "--check",
                    "--quiet",
                    "src",
                    "tests",
                    "bench",
                ),
                _step("imports", str(_BIN / "lint-imports"), "--no-cache"),
                _step("types", str(_BIN / "basedpyright"), "--warnings"),
            ]
        )
    marks = [] if slow or rest else ["-m", "not slow"]
    # Two processes, each with a database of its own: the machines of CI have two cores.
    tests = _step("tests", sys.executable, "-m", "pytest", "-n", "2", *marks, *rest)
    return 0 if checks and tests else 1


sys.exit(main())
