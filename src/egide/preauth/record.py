"""The rows of an answered demand: itself, its lines, what it holds."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from egide.adjudication import SubmittedClaim
from egide.adjudication.controls import Control, Rejection
from egide.adjudication.response import Frame
from egide.nomenclature import BilledLine
from egide.preauth import response, sql
from egide.preauth.rate import Rating
from egide.preauth.states import State
from egide.pricing import PricedLine
from egide.rights import Answer


class Numbered(NamedTuple):
    """Under which number a demand is known, and which of its revisions it is."""

    preauth_id: UUID
    revision: int


def row_of(
    demand: SubmittedClaim,
    answer: Answer,
    verdict: Rating | Rejection,
    numbered: Numbered,
    insurer: tuple[str, str],
) -> sql.PreauthRow:
    """Return the row of a demand; ``insurer`` is its number and name."""
    frame = Frame(claim=demand, amc=insurer[0], insurer=insurer[1])
    is_rated = isinstance(verdict, Rating)
    amo, amc, patient = verdict.accepted.priced.total if is_rated else (0, 0, 0)
    return sql.PreauthRow(
        establishment_id=demand.key[0],
        preauth_id=numbered.preauth_id,
        revision=numbered.revision,
        request=demand.number,
        content_hash=demand.content_hash(),
        entry_id=demand.entry_id,
        person_id=answer.person_id,
        insurer_id=answer.insurer_id,
        plan_code=answer.plan_code,
        state=verdict.state.value if is_rated else State.REFUSED.value,
        asked_at=demand.received_at,
        act_by=verdict.days.act_by if is_rated else None,
        valid_until=verdict.days.valid_until if is_rated else None,
        invoice_until=verdict.days.invoice_until if is_rated else None,
        piece=None,
        reason=None,
        expense_cents=demand.expense_cents,
        amo_cents=amo,
        amc_cents=amc,
        patient_cents=patient,
        said_by=verdict.said_by if is_rated else "grid",
        response=(
            response.rated(frame, numbered.preauth_id, verdict)
            if is_rated
            else response.rejected(frame, numbered.preauth_id, verdict)
        ),
    )


def lines_of(
    demand: SubmittedClaim, row: sql.PreauthRow, verdict: Rating | Rejection
) -> list[sql.LineRow]:
    """Return the rows of a demand's lines, those that a control refuses too."""
    priced: Mapping[int, PricedLine] = {}
    refused: Mapping[int, Control] = {}
    if isinstance(verdict, Rating):
        priced = dict(zip(verdict.kept, verdict.accepted.priced.lines, strict=True))
        refused = {one.line: one.control for one in verdict.refused}
    else:
        refused = dict.fromkeys(demand.numbers, verdict.control)
    return [
        _line(line, row, number, priced.get(number), refused)
        for number, line in zip(demand.numbers, demand.lines, strict=True)
    ]


def _line(
    line: BilledLine,
    row: sql.PreauthRow,
    number: int,
    priced: PricedLine | None,
    refused: Mapping[int, Control],
) -> sql.LineRow:
    amo, amc, patient = (0, 0, line.expense.cents) if priced is None else priced.share
    return sql.LineRow(
        establishment_id=row.establishment_id,
        preauth_id=row.preauth_id,
        revision=row.revision,
        line=number,
        act_code=f"{line.system}:{line.code}",
        care_on=line.care_on,
        quantity=line.quantity,
        side=line.side,
        expense_cents=line.expense.cents,
        amo_cents=amo,
        amc_cents=amc,
        patient_cents=patient,
        # What an insurer that answers by itself may grant is not bound by its grid.
        promised_cents=amc if row.said_by == "grid" else amc + patient,
        control=refused[number].value if number in refused else None,
    )


def reservations_of(
    row: sql.PreauthRow, rating: Rating, today: date
) -> list[sql.ReservationRow]:
    """Return what a demand holds, from today to the last day on which it may be invoiced."""
    return [
        sql.ReservationRow(
            person_id=used.holder,
            counter=used.use.counter,
            establishment_id=row.establishment_id,
            preauth_id=row.preauth_id,
            line=rating.kept[used.line - 1],
            care_on=used.use.care_on,
            units=used.use.units,
            amount_cents=used.use.cents,
            since=today,
            until=rating.days.invoice_until,
            seat=seat,
        )
        for used, seat in zip(rating.accepted.uses, rating.seats, strict=True)
    ]
