"""The mandates by which insurers are debited: of which states they are, and who moves them on."""

from dataclasses import dataclass
from datetime import date
from typing import Final

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.payments.funds import sql

_REVOKED: Final = "REVOKED"


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateStanding:
    """A mandate and what it waits for: ``active``, ``awaiting-bank``, ``stopped``."""

    mandate: str
    amc_number: str
    scheme: str
    iban_tail: str
    state: str
    since: date
    why: str


async def mandates(tx: db.Tx) -> list[MandateStanding]:
    """Return every mandate, by insurer."""
    return [
        MandateStanding(
            mandate=one.mandate,
            amc_number=one.amc_number,
            scheme=one.scheme,
            iban_tail=one.iban_tail,
            state=_state(one),
            since=one.stopped_on or one.registered_on or one.signed_on,
            why=one.stopped_why or "",
        )
        for one in await sql.mandates(tx)
    ]


def _state(one: sql.MandateRow) -> str:
    if one.stopped_on is not None:
        return "stopped"
    return "awaiting-bank" if one.registered_on is None else "active"


async def stop_mandate(tx: db.Tx, mandate: str, today: date) -> None:
    """Debit by a mandate no more: its debtor has revoked it, or says that it is not its own.

    Raises Refusal: ``value-invalid``: no such mandate, or it is stopped.
    """
    if not await sql.stop_mandate(tx, mandate, today, _REVOKED):
        hint = "Aucun mandat de ce nom n'est en cours (./egide funds mandates)."
        raise Refusal(RefusalCode.VALUE_INVALID, where="mandate", hint=hint)


async def register_mandate(tx: db.Tx, mandate: str, today: date) -> None:
    """Debit by a mandate from now on: its debtor's bank has registered it, or what stopped it is dealt with.

    Raises Refusal: ``value-invalid``: no such mandate, or it is active.
    """
    if not await sql.register_mandate(tx, mandate, today):
        hint = "Aucun mandat de ce nom n'attend (./egide funds mandates)."
        raise Refusal(RefusalCode.VALUE_INVALID, where="mandate", hint=hint)
