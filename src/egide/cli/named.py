"""Whom a command is about: an establishment by its FINESS number, an insurer by its AMC number, or either by UUID."""

from uuid import UUID

from egide import db
from egide.core.identifiers import AmcNumber, Finess
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import establishments_of, insurer_of


async def establishment_named(tx: db.Tx, text: str, where: str) -> UUID:
    """Return an establishment; Refusal ``value-invalid`` at ``where`` for a number that is nobody's, or of several."""
    given = _uuid(text)
    if given is not None:
        return given
    try:
        found = await establishments_of(tx, Finess.parse(text))
    except Refusal:
        hint = "Un numéro FINESS, ou l'UUID d'un établissement."
        raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint) from None
    if len(found) != 1:
        hint = "Aucun établissement de ce numéro FINESS."
        if found:
            hint = f"Plusieurs établissements de ce numéro, donner l'UUID : {', '.join(map(str, found))}."
        raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
    return found[0]


async def insurer_named(tx: db.Tx, text: str, where: str) -> UUID:
    """Return an insurer; Refusal ``value-invalid`` at ``where`` for a number that is nobody's."""
    given = _uuid(text)
    if given is not None:
        return given
    try:
        found = await insurer_of(tx, AmcNumber.parse(text))
    except Refusal:
        found = None
    if found is None:
        hint = "Un numéro d'AMC connu, ou l'UUID d'un assureur."
        raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
    return found


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
