"""``./egide test``, ``lint``, ``format``, ``generate``: what a change passes, and what is written by machine."""

import os
import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
_BIN = Path(sys.executable).parent
_FOLDERS = ("src", "tests", "bench")


def _step(name: str, *command: str) -> bool:
    print(f"== {name}", flush=True)
    return subprocess.run(command, cwd=_ROOT, check=False).returncode == 0


def _lint() -> bool:
    ruff = str(_BIN / "ruff")
    return all(
        [
            _step("ruff", ruff, "check", "--quiet", *_FOLDERS),
            _step("format", ruff, "format", "--check", "--quiet", *_FOLDERS),
            _step("imports", str(_BIN / "lint-imports"), "--no-cache"),
            _step("types", str(_BIN / "basedpyright"), "--warnings"),
        ]
    )


def _format() -> bool:
    ruff = str(_BIN / "ruff")
    return all(
        [
            _step("imports", ruff, "check", "--quiet", "--fix", "--select", "I", *_FOLDERS),
            _step("format", ruff, "format", "--quiet", *_FOLDERS),
        ]
    )


def _generate() -> bool:
    return all(
        [
            _step("pages", sys.executable, "docs/write_generated.py"),
            _step("texts", sys.executable, "docs/write_texts.py"),
            _step("schema", sys.executable, "-m", "egide.cli", "db", "dump"),
        ]
    )


def _test(arguments: list[str]) -> bool:
    """Lint, then test; ``--all`` adds the slow tests, a path or an option of pytest leaves the linters out."""
    rest = [argument for argument in arguments if argument != "--all"]
    checks = bool(rest) or _lint()
    marks = [] if rest or "--all" in arguments else ["-m", "not slow"]
    # Two processes, each with a database of its own: the machines of CI have two cores.
    return _step("tests", sys.executable, "-m", "pytest", "-n", "2", *marks, *rest) and checks


def main() -> int:
    os.environ["PYTHONPATH"] = str(_ROOT / "src")
    word, *rest = sys.argv[1:]
    others = {"lint": _lint, "format": _format, "generate": _generate}
    return 0 if (others[word]() if word in others else _test(rest)) else 1


sys.exit(main())
