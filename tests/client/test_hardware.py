"""Keys that a device keeps, with SoftHSM as the device and joserfc as who verifies."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from joserfc import jws
from joserfc.jwk import ECKey

from egide.client import HardwareKey, HardwareKeyError, open_key
from egide.client.hardware import KeyAddress
from egide.client.key import key_thumbprint, signed

_MODULES = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/usr/local/lib/softhsm/libsofthsm2.so",
)
MODULE = next((one for one in _MODULES if Path(one).exists()), None)
needs_device = pytest.mark.skipif(
    MODULE is None, reason="SoftHSM (Debian's softhsm2) is not installed"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A card with one PIN; SoftHSM reads where it is once a process."""
    folder = tmp_path_factory.mktemp("softhsm")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    words = [
        "--init-token",
        "--free",
        "--label",
        "Officine",
        "--pin",
        "2718",
        "--so-pin",
        "31415926",
    ]
    subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)
    pin = folder / "pin"
    pin.touch(mode=0o600)
    pin.write_text("2718\n")
    return f"pkcs11:token=Officine;object=poste%201?module-path={MODULE}&pin-source={pin}"


@needs_device
class TestDevice:
    def test_a_key_is_made_inside_and_signs_there(self, address: str) -> None:
        made = HardwareKey.create(address)
        opened = open_key(address)
        assert dict(opened.jwk) == dict(made.jwk)
        token = signed(opened, {"typ": "JWT"}, {"sub": "x"})
        public = ECKey.import_key(dict(opened.jwk))
        assert jws.deserialize_compact(token, public).payload == b'{"sub":"x"}'
        assert key_thumbprint(opened) == public.thumbprint()

    def test_it_is_never_written_over(self, address: str) -> None:
        other = address.replace("poste%201", "poste%202")
        HardwareKey.create(other)
        with pytest.raises(FileExistsError):
            HardwareKey.create(other)

    def test_it_cannot_be_copied_out(self, address: str) -> None:
        # In a process of its own: pkcs11-tool's view, not ours.
        third = address.replace("poste%201", "poste%203")
        HardwareKey.create(third)
        read = (
            "import sys, pkcs11\n"
            "from pkcs11 import Attribute, ObjectClass\n"
            "token = pkcs11.lib(sys.argv[1]).get_token(token_label='Officine')\n"
            "with token.open(user_pin='2718') as session:\n"
            "    key = session.get_key(ObjectClass.PRIVATE_KEY, label='poste 3')\n"
            "    assert key[Attribute.EXTRACTABLE] is False\n"
            "    try:\n"
            "        key[Attribute.VALUE]\n"
            "    except pkcs11.PKCS11Error:\n"
            "        print('kept')\n"
        )
        seen = subprocess.run(
            [sys.executable, "-c", read, str(MODULE)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert seen.stdout == "kept\n"

    @pytest.mark.parametrize(
        ("was", "becomes"),
        [
            ("token=Officine", "token=Autre"),
            ("object=poste%201", "object=nulle"),
            ("libsofthsm2.so", "absent.so"),
        ],
    )
    def test_what_is_not_there_is_named(self, address: str, was: str, becomes: str) -> None:
        with pytest.raises(HardwareKeyError, match="module"):
            open_key(address.replace(was, becomes))


class TestAddress:
    def test_it_is_read_as_the_rfc_writes_it(self) -> None:
        read = KeyAddress.parse("pkcs11:object=a%3Bb;token=T?module-path=/m.so")
        assert read == KeyAddress("/m.so", "T", "a;b")

    @pytest.mark.parametrize(
        "text", ["pkcs11:", "pkcs11:token=T;object=k", "pkcs11:token=T?module-path=/m"]
    )
    def test_what_is_missing_is_named(self, text: str) -> None:
        with pytest.raises(HardwareKeyError, match="il manque"):
            KeyAddress.parse(text)

    def test_a_pin_that_others_read_is_refused(self, tmp_path: Path) -> None:
        pin = tmp_path / "pin"
        pin.write_text("2718")
        pin.chmod(0o644)
        text = f"pkcs11:token=T;object=k?module-path=/m.so&pin-source=file:{pin}"
        with pytest.raises(HardwareKeyError, match="chmod"):
            KeyAddress.parse(text)
        pin.chmod(0o600)
        assert KeyAddress.parse(text).pin == "2718"
        with pytest.raises(HardwareKeyError, match="pin-source"):
            KeyAddress.parse(text + "absent")
