"""Deciding: each claim after those before it, and what was loaded left as it was."""

import re
from copy import deepcopy
from dataclasses import fields, replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from conftest import GRID
from egide.access import Caller, Pass
from egide.adjudication import ReferenceData
from egide.adjudication.billed import Billed
from egide.adjudication.claim import SubmittedClaim
from egide.adjudication.controls import Control, Rejection
from egide.adjudication.decide import Accepted, Again, Loaded, decide
from egide.claims import sql
from egide.core.ids import ClaimId, EntryId, EstablishmentId, InsurerId, PersonId
from egide.core.money import Money
from egide.nomenclature import BilledLine
from egide.plans import Catalogue, read_grid
from egide.rights import Answer, Basis, Located

_NOW = datetime(2026, 11, 26, 10, tzinfo=UTC)
_PHARMACY = EstablishmentId(uuid4())
_ANSWER = Answer(
    person_id=PersonId(uuid4()),
    insurer_id=InsurerId(uuid4()),
    plan_code="PROPRETE-ART9",
    start_on=_NOW.date().replace(month=1, day=1),
    end_on=None,
    birth_year=1980,
)


def _claim(invoice: str, cents: int, code: str = "grouping:PH7") -> SubmittedClaim:
    caller = Caller(
        establishment_id=_PHARMACY, software_id=uuid4(), thumbprint="", scopes=frozenset()
    )
    line = BilledLine(
        system=code.partition(":")[0],
        code=code.partition(":")[2],
        care_on=_NOW.date(),
        quantity=1,
        expense=Money(cents),
        side="",
        situation=frozenset(),
    )
    return SubmittedClaim(
        claim_id=ClaimId(uuid4()),
        entry_id=EntryId(uuid4()),
        admitted=Pass(caller, uuid4(), ""),
        number=invoice,
        located=Located(Basis.PRESENCE, uuid4()),
        lines=(line,),
        received_at=_NOW,
    )


def _loaded(*claims: SubmittedClaim) -> Loaded:
    return Loaded(
        work={index: (claim, _ANSWER) for index, claim in enumerate(claims)},
        reference=ReferenceData(
            catalogue=Catalogue([read_grid(GRID.read_text("utf-8"))]),
            insurers={_ANSWER.insurer_id: ("775671993", "Mutuelle")},
            professions={_PHARMACY: "pharmacy"},
        ),
        known={},
        billed=Billed(set(), set(), {}),
        counters={},
        contracts={},
    )


def test_a_claim_is_decided_after_those_before_it_and_nothing_loaded_is_changed() -> None:
    loaded = _loaded(_claim("A", 2000), _claim("B", 2000), _claim("C", 3000))
    billed, counters = deepcopy(loaded.billed), dict(loaded.counters)
    first, again, other = (decide(loaded)[index] for index in range(3))
    assert isinstance(first, Accepted) and sum(first.priced.total) == 2000
    assert again == Rejection(Control.SAME_CARE)
    assert isinstance(other, Accepted) and sum(other.priced.total) == 3000
    assert (loaded.billed, dict(loaded.counters)) == (billed, counters)
    assert decide(loaded) == decide(loaded)


def test_a_counter_of_a_person_counts_within_a_batch_and_for_nobody_else_of_its_contract() -> (
    None
):
    claims = [_claim(invoice, 5000 + n, "ngap:OSTEO") for n, invoice in enumerate("ABC")]
    relative = replace(_ANSWER, person_id=PersonId(uuid4()))
    answers = (_ANSWER, _ANSWER, relative)
    contract = uuid4()
    loaded = _loaded(*claims)
    loaded.reference.professions[_PHARMACY] = "auxiliary"
    loaded = replace(
        loaded,
        work=dict(enumerate(zip(claims, answers, strict=True))),
        contracts={claim.entry_id: contract for claim in claims},
    )
    paid = [
        decision.priced.total.amc_cents
        for decision in decide(loaded).values()
        if isinstance(decision, Accepted)
    ]
    assert paid == [3000, 0, 3000]  # one session a year for each person


def test_what_another_process_decided_is_not_decided_again() -> None:
    claim = _claim("A", 2000)
    loaded = replace(_loaded(claim), known={claim.key: (b"content", b"answer")})
    assert decide(loaded) == {0: Again(b"content", b"answer")}


@pytest.mark.parametrize(
    ("statement", "row"),
    [
        (sql._INSERT_CLAIMS, sql.ClaimRow),
        (sql._INSERT_LINES, sql.LineRow),
        (sql._INSERT_USES, sql.UseRow),
    ],
)
def test_a_rows_fields_are_its_statements_columns_in_their_order(
    statement: str, row: type
) -> None:
    columns = re.search(r"insert into \w+ \(([^)]*)\)", statement)
    assert columns is not None
    assert re.findall(r"\w+", columns[1]) == [one.name for one in fields(row)]
