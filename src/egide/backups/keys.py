"""The key ring and the passwords of an installation, sealed under a passphrase: kept apart from the copies.

Who holds a copy alone reads no identity; who holds this file alone, and not its passphrase, nothing.
"""

import base64
from pathlib import Path
from typing import Final

import msgspec
from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from egide.core.refusal import Refusal, RefusalCode

LEAST_CHARACTERS: Final = 16
# PBES2 (RFC 7518, section 4.8); OWASP's figure of 2023 for PBKDF2 with SHA-512 is 210,000 rounds.
_HEADER: Final = {"alg": "PBES2-HS512+A256KW", "enc": "A256GCM", "p2c": 250_000}
_ALLOWED: Final = [str(_HEADER["alg"]), str(_HEADER["enc"])]


def seal_keys(secrets: Path, passphrase: str) -> bytes:
    """Return a folder's files, sealed (JWE); Refusal ``value-invalid`` for a passphrase of fewer than 16 characters."""
    if len(passphrase) < LEAST_CHARACTERS:
        hint = f"Au moins {LEAST_CHARACTERS} caractères : quatre mots tirés au hasard, par exemple."
        raise Refusal(RefusalCode.VALUE_INVALID, where="phrase", hint=hint)
    held = {
        path.name: base64.b64encode(path.read_bytes()).decode()
        for path in sorted(secrets.iterdir())
        if path.is_file()
    }
    return jwe.encrypt_compact(
        {**_HEADER}, msgspec.json.encode(held), _key(passphrase), algorithms=_ALLOWED
    ).encode()


def open_keys(sealed: bytes, passphrase: str) -> dict[str, bytes]:
    """Return what was sealed, by file name; Refusal ``value-invalid`` for another passphrase, or another file."""
    try:
        opened = jwe.decrypt_compact(sealed.strip(), _key(passphrase), algorithms=_ALLOWED)
        held = msgspec.json.decode(opened.plaintext or b"", type=dict[str, str])
    except (JoseError, ValueError):
        hint = "Ce n'est pas la phrase de ce fichier, ou le fichier est abîmé."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--keys", hint=hint) from None
    return {Path(name).name: base64.b64decode(value) for name, value in held.items()}


def _key(passphrase: str) -> OctKey:
    return OctKey.import_key(passphrase.encode())
