"""Whom a command or a page names: an establishment by its FINESS number, an insurer by its AMC number, or by UUID."""

from collections.abc import Awaitable, Callable
from uuid import UUID

from egide import db
from egide.core.identifiers import AmcNumber, Finess
from egide.core.ids import read_uuid
from egide.core.refusal import Refusal, RefusalCode
from egide.directory.sql import establishment_of, insurer_ids, insurer_numbers


async def establishment_named(tx: db.Tx, text: str, where: str) -> UUID:
    """Return an establishment; Refusal ``value-invalid`` at ``where`` for a number that is nobody's."""

    async def by_number() -> UUID | None:
        return await establishment_of(tx, Finess.parse(text))

    hint = "Un numéro FINESS connu, ou l'UUID d'un établissement."
    return await _named(text, by_number, where, hint)


async def insurer_named(tx: db.Tx, text: str, where: str) -> UUID:
    """Return an insurer; Refusal ``value-invalid`` at ``where`` for a number that is nobody's."""

    async def by_number() -> UUID | None:
        return (await insurer_ids(tx)).get(AmcNumber.parse(text).text)

    return await _named(
        text, by_number, where, "Un numéro d'AMC connu, ou l'UUID d'un assureur."
    )


async def keyed_number(tx: db.Tx, amc: AmcNumber, where: str) -> AmcNumber:
    """Return the number that the pseudonyms of an insurer's persons are made of, by any that it has or had.

    Raises Refusal: ``amc-invalid`` at ``where``, for a number that is nobody's.
    """
    numbers = (await insurer_numbers(tx)).get(amc.text)
    if numbers is None:
        raise Refusal(RefusalCode.AMC_INVALID, where=where)
    return AmcNumber.parse(numbers.keyed_as)


async def _named(
    text: str, by_number: Callable[[], Awaitable[UUID | None]], where: str, hint: str
) -> UUID:
    found = read_uuid(text)
    if found is None:
        try:
            found = await by_number()
        except Refusal:
            found = None
    if found is None:
        raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
    return found
