"""A key in a smart card, a TPM or an HSM, through PKCS#11: it signs there, and nobody copies it out.

It is named as RFC 7512 says: ``pkcs11:token=Officine;object=poste-1?module-path=/usr/lib/…so&pin-source=/chemin``.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol, Self, cast
from urllib.parse import parse_qsl, unquote

import pkcs11
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_named_curve_parameters

from egide.access.jose import public_jwk
from egide.client.key import FileKey, Signer
from egide.vault import read_secret

_UNCOMPRESSED: Final = (
    b"\x04\x41\x04"  # an OCTET STRING of 65 bytes that begins with 4 (X9.62, 4.3.6)
)
_POINT: Final = 64
_SESSIONS: Final[dict[tuple[str, str], pkcs11.Session]] = {}  # a device lets a process in once


class HardwareKeyError(ValueError):
    """The key cannot be used; the message says where to look."""


@dataclass(frozen=True, slots=True)
class KeyAddress:
    """Where a key is.

    Args:
        module: the library of the device's vendor.
        token: label of the card or of the HSM's partition.
        label: of the key.
    """

    module: str
    token: str
    label: str
    pin: str = field(default="", repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a URI (RFC 7512).

        Raises:
            HardwareKeyError: an attribute is missing, or the PIN's file cannot be read or is read by others.
        """
        path, _, query = text.removeprefix("pkcs11:").partition("?")
        parts = (one.partition("=") for one in path.split(";"))
        said = {name: unquote(value) for name, _, value in parts} | dict(parse_qsl(query))
        missing = [name for name in ("token", "object", "module-path") if not said.get(name)]
        if missing:
            message = f"pkcs11: il manque {', '.join(missing)} (RFC 7512)."
            raise HardwareKeyError(message)
        return cls(
            said["module-path"], said["token"], said["object"], _pin(said.get("pin-source", ""))
        )


def _pin(source: str) -> str:
    if not source:
        return ""
    path = Path(source.removeprefix("file:"))
    try:
        return read_secret(path).decode().strip()
    except ValueError as error:
        raise HardwareKeyError(str(error)) from None
    except OSError as error:
        message = f"pin-source : {path} : {error.strerror}."
        raise HardwareKeyError(message) from None


class _Signs(Protocol):
    """What the library gives for a private key; its own types do not say that it signs."""

    def sign(self, data: bytes, *, mechanism: Mechanism) -> bytes: ...


class HardwareKey:
    """A P-256 key of a device; its session with the device is opened once and kept."""

    def __init__(self, private: object, public: pkcs11.Key) -> None:
        point = bytes(public[Attribute.EC_POINT])
        if not point.startswith(_UNCOMPRESSED) or len(point) != len(_UNCOMPRESSED) + _POINT:
            raise HardwareKeyError("La clé du périphérique n'est pas de P-256.")
        half = len(_UNCOMPRESSED) + _POINT // 2
        x = int.from_bytes(point[len(_UNCOMPRESSED) : half], "big")
        self.jwk: Mapping[str, str] = public_jwk(x, int.from_bytes(point[half:], "big"))
        self._private = cast("_Signs", private)

    @classmethod
    def open(cls, text: str) -> Self:
        """Open the key that a URI names.

        Raises:
            HardwareKeyError: no such module, card, PIN or key.
        """
        address = KeyAddress.parse(text)
        try:
            session = _session(address)
            private = session.get_key(ObjectClass.PRIVATE_KEY, KeyType.EC, address.label)
            public = session.get_key(ObjectClass.PUBLIC_KEY, KeyType.EC, address.label)
        except pkcs11.PKCS11Error as error:
            raise _refused(address, error) from None
        return cls(private, public)

    @classmethod
    def create(cls, text: str) -> Self:
        """Make a key inside the device, that it will never let out.

        Raises:
            FileExistsError: there is one of that label: a key is never written over.
            HardwareKeyError: no such module, card or PIN, or the device makes no P-256 key.
        """
        address = KeyAddress.parse(text)
        try:
            session = _session(address)
            if list(session.get_objects({Attribute.LABEL: address.label})):
                raise FileExistsError(text)
            curve = session.create_domain_parameters(
                KeyType.EC,
                {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")},
                local=True,
            )
            never_out = {Attribute.SENSITIVE: True, Attribute.EXTRACTABLE: False}
            public, private = curve.generate_keypair(
                store=True, label=address.label, private_template=never_out
            )
        except pkcs11.PKCS11Error as error:
            raise _refused(address, error) from None
        return cls(private, public)

    def sign(self, data: bytes) -> bytes:
        """Return the ES256 signature of some bytes, made by the device.

        Raises:
            HardwareKeyError: it is gone, or locked.
        """
        try:
            # Many devices sign a digest only: the hash is made here.
            digest = hashlib.sha256(data).digest()
            return bytes(self._private.sign(digest, mechanism=Mechanism.ECDSA))
        except pkcs11.PKCS11Error as error:
            message = f"Le périphérique n'a pas signé ({type(error).__name__})."
            raise HardwareKeyError(message) from None


def _session(address: KeyAddress) -> pkcs11.Session:
    name = (address.module, address.token)
    if name not in _SESSIONS:
        token = pkcs11.lib(address.module).get_token(token_label=address.token)
        _SESSIONS[name] = token.open(rw=True, user_pin=address.pin or None)
    return _SESSIONS[name]


def _refused(address: KeyAddress, error: Exception) -> HardwareKeyError:
    where = f"carte « {address.token} », clé « {address.label} », module {address.module}"
    return HardwareKeyError(f"pkcs11: {type(error).__name__} ({where}).")


def open_key(text: str) -> Signer:
    """Open a key by its file's path, or by the URI of a device that holds it (``pkcs11:…``).

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no key, or others may read it; the device has none such.
    """
    return HardwareKey.open(text) if text.startswith("pkcs11:") else FileKey.open(Path(text))
