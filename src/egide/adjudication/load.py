"""Load all that decisions depend on, behind the locks of their persons."""

from collections.abc import Sequence
from uuid import UUID

from egide import db
from egide.adjudication import sql
from egide.adjudication.billed import Billed
from egide.adjudication.decide import Loaded, Work
from egide.adjudication.reference_data import ReferenceData


async def load(
    tx: db.Tx,
    reference: ReferenceData,
    work: Work,
    left_out: Sequence[UUID] = (),
) -> Loaded:
    """Return what some claims are decided on; what is known and was billed before is for the caller to add.

    Nobody decides on their persons until the end of the transaction.

    Args:
        left_out: claims that some of these replace: what they used does not count.
    """
    await reference.refresh(tx, work.values())
    contracts = {
        claim.entry_id: answer.contract_id
        for claim, answer in work.values()
        if answer.contract_id is not None
        and (plan := reference.plan(answer, claim.care_on))
        and plan.guarantee.shares_counters
    }
    persons = [answer.person_id for _, answer in work.values()]
    same = [person for _, answer in work.values() for person in answer.elsewhere]
    counters = await sql.lock_counters(tx, [*persons, *same, *contracts.values()], left_out)
    return Loaded(
        work=work,
        reference=reference,
        known={},
        billed=Billed(set(), set(), {}),
        counters=counters,
        contracts=contracts,
    )
