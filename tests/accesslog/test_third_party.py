"""Another implementation verifies the log: Go's notes and tiles, which share no code with ours."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from accesslog.test_log import _answer as answer
from accesslog.test_log import _grown as grown
from accesslog.test_log import _key as log_key_of
from conftest import Running, run

_GO = shutil.which("go")
_LIBRARIES = Path("/usr/share/gocode")  # Debian's golang-golang-x-mod-dev
_SOURCE = Path(__file__).parent / "peer" / "main.go"


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if _GO is None or not (_LIBRARIES / "src/golang.org/x/mod/sumdb").is_dir():
        pytest.skip("no Go with golang.org/x/mod here")
    out = tmp_path_factory.mktemp("go") / "verify"
    environment = os.environ | {"GO111MODULE": "off", "GOPATH": str(_LIBRARIES), "GOCACHE": str(out) + "-cache"}  # fmt: skip
    subprocess.run([_GO, "build", "-o", str(out), str(_SOURCE)], env=environment, check=True)
    return out


@pytest.mark.slow
def test_go_verifies_the_checkpoint_and_every_tile(server: Running, verifier: Path) -> None:
    for _ in range(5):
        run(answer(server.place, 64))
    run(grown(server.place))
    key = log_key_of(server.place).public.text()

    def verify(key: str) -> "subprocess.CompletedProcess[str]":
        command = [str(verifier), server.origin, key]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    done = verify(key)
    assert done.returncode == 0, done.stdout
    assert int(done.stdout.split()[1]) >= 320  # a whole tile of 256, and more
    name, *rest = key.split("+")
    assert verify("+".join([f"{name}x", *rest])).returncode == 1
