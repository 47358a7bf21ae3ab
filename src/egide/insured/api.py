"""The routes of an insured person's own space: nothing there is of anybody else."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date, datetime, timedelta
from typing import Annotated, Final

import msgspec

from egide import db
from egide.access import Scope
from egide.breach import CONTAINED, access_in, seen_in, unseen_in
from egide.core.ids import to_code
from egide.core.period import civil_day, on_page
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.identity import Person
from egide.insured import sql
from egide.insured.desk import InsuredDesk
from egide.insured.estimate import Asked, choices, estimate
from egide.nomenclature import BilledLine, load_nomenclature
from egide.plans import printed
from egide.rights import open_space

_FRENCH: Final = {
    "rejected": "refusée",
    "payable": "acceptée, à payer",
    "nothing-due": "acceptée, sans rien à payer",
    "settled": "virement ordonné",
    "cancelled": "annulée",
    "reversed": "annulée après son paiement",
}
# What says yes and what says no are as long, whatever there is to say: who sees the answer pass learns neither.
_SAME_BYTES: Final = 32_768


class _Page(msgspec.Struct):
    before: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _Estimate(msgspec.Struct, forbid_unknown_fields=True):
    care: str
    prices_cents: list[int]


_read_page: Final = msgspec.json.Decoder(_Page)
_read_estimate: Final = msgspec.json.Decoder(_Estimate)


@asynccontextmanager
async def _open(desk: InsuredDesk, request: Request, person: Person) -> AsyncGenerator[db.Tx]:
    """Open one's own space, which is in the log before anything of it is told; Refusal ``busy``, ``scope-missing``."""
    async with db.statement(desk.pool) as tx:
        await open_space(tx, person.session_id, request.now)
        yield tx


async def show_cover(desk: InsuredDesk, request: Request, person: Person) -> Response:
    """Show one's own covers, what each gives as its insurer prints it, and the cares that one may ask the price of."""
    today = civil_day(request.now)
    async with _open(desk, request, person) as tx:
        covers = await sql.cover(tx, person.session_id)
        levels = [await printed(tx, one.plan_code, _shown_on(one, today)) for one in covers]
    ages = {today.year - one.birth_year for one in covers}
    return json_answer(
        {
            "covers": [
                {
                    "insurer": one.insurer,
                    "amc_number": one.amc_number,
                    "plan": one.plan_code,
                    "start_on": one.start_on,
                    "end_on": one.end_on,
                    "holds_today": _holds(one, today),
                    "levels": of_plan,
                }
                for one, of_plan in zip(covers, levels, strict=True)
            ],
            "cares": [
                {
                    "care": choice.label,
                    "acts": list(map(_act, choice.care.lines)),
                    "prices_cents": choice.cents,
                }
                for age in ages
                for choice in choices(age, today)
            ],
        }
    )


def _shown_on(cover: sql.OwnCover, today: date) -> date:
    """Return the day whose grid a cover is shown by: today, or the nearest day that it covers."""
    day = max(today, cover.start_on)
    return day if cover.end_on is None else min(day, cover.end_on - timedelta(days=1))


def _holds(cover: sql.OwnCover, day: date) -> bool:
    return cover.start_on <= day and (cover.end_on is None or day < cover.end_on)


async def show_estimate(desk: InsuredDesk, request: Request, person: Person) -> Response:
    """Show what a care would cost oneself today, with the reckoning; nothing of it is kept, and it promises nothing.

    Raises Refusal: ``value-invalid``: no cover today, a care that is not in the list, a price out of bounds.
    """
    asked = read_json(request, _read_estimate, root="estimate")
    today = civil_day(request.now)
    async with _open(desk, request, person) as tx:
        covers = await sql.cover(tx, person.session_id)
        held = [one for one in covers if _holds(one, today)]
        if not held:
            hint = "Aucun contrat ne vous couvre aujourd'hui."
            raise Refusal(RefusalCode.VALUE_INVALID, where="cover", hint=hint)
        cover = held[0]
        found = [
            one
            for one in choices(today.year - cover.birth_year, today)
            if one.label == asked.care
        ]
        if not found:
            hint = "Un soin de la liste de /portal/cover."
            raise Refusal(RefusalCode.VALUE_INVALID, where="care", hint=hint)
        await desk.acts.refresh(tx)
        used = await sql.uses(tx, person.session_id)
        of_care = Asked(found[0], asked.prices_cents)
        priced = await estimate(tx, cover, used, of_care, today, desk.acts.nomenclature)
    total = priced.total
    return json_answer(
        {
            "care": asked.care,
            "insurer": cover.insurer,
            "other_covers": len(held) - 1,
            "held_until": cover.held_until,
            "expense_cents": sum(asked.prices_cents),
            "amo_cents": total.amo_cents,
            "amc_cents": total.amc_cents,
            "patient_cents": total.patient_cents,
            "steps": [
                {"says": step.french, "source": step.source}
                for line in priced.lines
                for step in line.steps
            ],
        }
    )


async def show_claims(desk: InsuredDesk, request: Request, person: Person) -> Response:
    """Show the invoices sent for oneself before an instant: by whom, what each paid, where the payment stands."""
    asked = read_json(request, _read_page, root="claims")
    before = on_page(asked.before, request.now, "before")
    async with _open(desk, request, person) as tx:
        claims = await sql.claims(tx, person.session_id, before)
    return json_answer(
        {
            "claims": [
                {
                    "claim": to_code(one.claim_id),
                    "name": one.name,
                    "profession": one.profession,
                    "invoice": one.invoice,
                    "received_at": one.received_at,
                    "care_on": one.care_on,
                    "state": one.state,
                    "french": _said(one),
                    "acts": [_label(*act) for act in zip(one.acts, one.labels, strict=True)],
                    "expense_cents": one.expense_cents,
                    "amo_cents": one.amo_cents,
                    "amc_cents": one.amc_cents,
                    "other_amc_cents": one.other_amc_cents,
                    "patient_cents": one.patient_cents,
                    "paid_on": one.paid_on,
                }
                for one in claims
            ]
        }
    )


def _said(claim: sql.OwnClaim) -> str:
    """Return where an invoice stands, as a person reads it."""
    if claim.state == "settled" and claim.paid_on is not None:
        return f"payée le {claim.paid_on:%d/%m/%Y}"
    if claim.control is not None:
        return (
            f"refusée : celui qui l'a envoyée sait pourquoi et quoi corriger ({claim.control})"
        )
    return _FRENCH[claim.state]


def _act(line: BilledLine) -> str:
    """Return what a line of a care is, the whole quantity that its price is of."""
    label = load_nomenclature().label_of(line.system, line.code) or line.code
    return f"{label}, les {line.quantity}" if line.quantity > 1 else label


def _label(act: str, imported: str) -> str:
    system, _, code = act.partition(":")
    return imported or load_nomenclature().label_of(system, code) or act


async def show_incidents(desk: InsuredDesk, request: Request, person: Person) -> Response:
    """Show each incident that was told of, and whether it exposed oneself: the answer is as long either way.

    Where too many spaces are open, it says yes or no and nothing more.
    """
    async with db.statement(desk.pool) as tx:
        with suppress(Refusal):
            await open_space(tx, person.session_id, request.now)
        found = await sql.incidents(tx, person.session_id)
    return Response(200, _padded(found), b"application/json")


def _padded(found: Sequence[sql.OwnIncident]) -> bytes:
    """Return what is told of incidents, all as long."""
    said: dict[str, object] = {"incidents": [_incident(one) for one in found], "padding": ""}
    said["padding"] = " " * (-len(msgspec.json.encode(said)) % _SAME_BYTES)
    return msgspec.json.encode(said)


def _incident(one: sql.OwnIncident) -> dict[str, object]:
    # Nothing is told of an hour that nobody has looked at yet.
    end = min(one.until, one.reckoned_at)
    first, last = one.first_at or one.since, one.last_at or end
    return {
        "incident": to_code(one.incident_id),
        "since": civil_day(first),
        "until": civil_day(last),
        "is_concerned": one.is_exposed,
        "counted_on": civil_day(one.reckoned_at),
        "goes_on": one.reckoned_at < one.until,
        "what": f"Une personne a utilisé {access_in(one.actors)}. Elle n'en avait pas le droit.",
        "seen": _seen(one),
        "unseen": unseen_in(one.purposes) if one.purposes or not one.is_exposed else "",
        "done": " ".join(text for act, text in CONTAINED.items() if act in one.measures),
        "aware_on": civil_day(one.aware_at),
    }


def _seen(one: sql.OwnIncident) -> str:
    if not one.is_exposed:
        return "De vous, elle n'a rien vu."
    seen = seen_in(one.purposes)
    if not seen:
        return "Ce qu'elle a vu de vous sera dit dans une heure : trop de personnes ouvrent leur espace."
    return f"De vous, elle a vu : {seen}."


# Called with the desk of one's own space.
ROUTES: Final = (
    Route("GET", "/portal/cover", Scope.COVER_READ, show_cover),
    Route("POST", "/portal/estimate", Scope.COVER_READ, show_estimate, body=_Estimate),
    Route("POST", "/portal/claims", Scope.COVER_READ, show_claims, body=_Page),
    Route("GET", "/portal/incidents", Scope.COVER_READ, show_incidents),
)
