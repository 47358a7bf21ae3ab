"""Identities sealed: envelope encryption, keyed look-up addresses, the keys that sign."""

from egide.vault.addresses import Addresses, kept, proof_hash
from egide.vault.attest import Attester
from egide.vault.keyring import KeyRing, SignerKey
from egide.vault.seal import Sealed, Sealer
from egide.vault.secret_file import read_secret
from egide.vault.settings_file import read_settings

__all__ = [
    "Addresses",
    "Attester",
    "KeyRing",
    "Sealed",
    "Sealer",
    "SignerKey",
    "kept",
    "proof_hash",
    "read_secret",
    "read_settings",
]
