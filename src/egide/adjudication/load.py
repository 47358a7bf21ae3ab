"""Load all that decisions depend on, behind the locks of their persons."""

from collections.abc import Sequence
from uuid import UUID

from egide import db
from egide.adjudication import sql
from egide.adjudication.billed import Billed
from egide.adjudication.cancelled import falsely_cancelled
from egide.adjudication.decide import Loaded, Work
from egide.adjudication.met import Among
from egide.adjudication.reference_data import ReferenceData
from egide.core.period import civil_day
from egide.edge.http import clock
from egide.pricing import Counters, merged
from egide.vault import Attester


async def load(
    tx: db.Tx,
    reference: ReferenceData,
    attester: Attester,
    work: Work,
    left_out: Sequence[UUID] = (),
) -> tuple[Loaded, Among]:
    """Return what some claims are decided on, and among which; what is known and was billed is for the caller to add.

    Nobody decides on their persons until the end of the transaction.

    Args:
        left_out: claims and prises en charge that some of these replace or use: what they used or hold does not count.
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
    persons += [person for _, answer in work.values() for person in answer.elsewhere]
    # The day it is now: a call may have been long in coming.
    today = civil_day(clock())
    holders = [*persons, *contracts.values()]
    counted = await sql.lock_counters(tx, holders, today, left_out)
    counters: dict[UUID, Counters] = dict(counted.counters)
    false = [one.claim_id for one in await falsely_cancelled(tx, attester, persons)]
    if false:
        for holder, use in await sql.given_back(tx, false):
            counters[holder] = merged(counters.get(holder, {}), [use])
    loaded = Loaded(
        work=work,
        reference=reference,
        known={},
        billed=Billed(set(), set(), {}),
        counters=counters,
        contracts=contracts,
        held=counted.held,
    )
    return loaded, Among(tuple(left_out), tuple(false))
