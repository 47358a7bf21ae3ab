"""What a file or a machine at fault is told as, in French: never a decoder's own words."""

import errno
import re
from typing import Final

import msgspec

_EXPECTED: Final = re.compile(r"Expected `([^`]+)`(?:, got `([^`]+)`)?")
_FIELD: Final = re.compile(r"(unknown|missing required) field `([^`]{1,40})`")
_PLACE: Final = re.compile(r"at `\$\.?([^`]*)`")
_KINDS: Final = {
    "int": "un nombre entier",
    "float": "un nombre à virgule",
    "str": "un texte",
    "bool": "true ou false",
    "array": "une liste",
    "object": "un objet",
    "null": "rien",
}
_SYSTEM: Final = {
    errno.ENOENT: "n'existe pas",
    errno.EACCES: "ne se lit pas avec ce compte",
    errno.EPERM: "n'est pas permis à ce compte",
    errno.EEXIST: "existe déjà",
    errno.ENOTDIR: "n'est pas un dossier",
    errno.EISDIR: "est un dossier",
    errno.ENOSPC: "le disque est plein",
    errno.EROFS: "ne s'écrit pas : le disque est en lecture seule",
}


def said_of_json(error: Exception) -> str:
    """Return what a JSON text that is not as it should be is told as: where, and what is expected."""
    text = str(error)
    if not isinstance(error, msgspec.ValidationError):
        is_json = isinstance(error, msgspec.DecodeError)
        return (
            "Ce n'est pas du JSON entier : vérifier guillemets et accolades."
            if is_json
            else text
        )
    at = _PLACE.search(text)
    where = f"{at.group(1)} : " if at and at.group(1) else ""
    field, expected = _FIELD.search(text), _EXPECTED.search(text)
    if field is not None:
        is_missing = field.group(1) == "missing required"
        return f"{where}{'il manque le champ' if is_missing else 'champ inconnu,'} « {field.group(2)} »."
    if expected is not None:
        wanted, got = (_kind(one) for one in expected.groups(default=""))
        return f"{where}attendu {wanted}{f', et non {got}' if got else ''}."
    if "date" in text:
        return f"{where}attendu une date AAAA-MM-JJ."
    return f"{where}cette valeur n'a pas la forme attendue."


def _kind(name: str) -> str:
    return " ou ".join(_KINDS.get(one.strip(), one.strip()) for one in name.split("|"))


def said_of_system(error: OSError) -> str:
    """Return what the machine refuses, and of what."""
    said = _SYSTEM.get(error.errno or 0, error.strerror or type(error).__name__)
    return f"{error.filename} : {said}." if error.filename else f"{said}."
