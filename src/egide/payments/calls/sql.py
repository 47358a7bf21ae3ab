"""Every statement on calls for funds: what each insurer is called for, and what its call is made of."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.payments.rows import CalledClaim, CallTotals

_CALL_TOTALS: Final = """
select f.insurer_id, f.amount_cents, f.claims, f.returned_cents, f.reissued_cents, f.funds_cents, i.amc_number, i.name,
       c.due_on as collected_on, c.collection_id
  from funds_call f
  join insurer i using (insurer_id)
  left join collection c on c.settlement_id = f.settlement_id and c.insurer_id = f.insurer_id
   and c.reason is distinct from 'REVOKED'
 where f.settlement_id = $1
 order by i.amc_number
"""


async def calls(tx: db.Tx, settlement_id: str) -> list[CallTotals]:
    """Return the calls for funds of a settlement."""
    return await db.read(tx, CallTotals, _CALL_TOTALS, settlement_id)


_CALL_CLAIMS: Final = """
select a.transfer_id, c.invoice, c.claim_id, c.received_at, c.amc_cents, e.finess, e.profession, c.plan_code,
       c.person_id, k.settlement_id <> $1 as is_again,
       (select min(l.care_on)
          from claim_line l
         where l.establishment_id = c.establishment_id and l.claim_id = c.claim_id) as care_on
  from transfer t
  join allocation a using (transfer_id)
  join claim c using (claim_id)
  join claim_call k using (claim_id)
  join establishment e on e.establishment_id = t.establishment_id
 where t.settlement_id = $1 and a.insurer_id = $2 and (a.transfer_id, c.invoice) > ($3, $4)
 order by a.transfer_id, c.invoice
 limit 5000
"""


async def call_claims(
    tx: db.Tx, settlement_id: str, insurer_id: UUID, after: tuple[str, str]
) -> list[CalledClaim]:
    """Return a page of the claims that an insurer's call for funds is made of."""
    return await db.read(tx, CalledClaim, _CALL_CLAIMS, settlement_id, insurer_id, *after)


_CALL_RETURNS: Final = """
select coalesce(w.transfer_id, '') as transfer_id, c.invoice, c.claim_id, x.cancelled_at, k.amount_cents, e.finess,
       e.profession, c.plan_code, c.person_id,
       (select min(l.care_on)
          from claim_line l
         where l.establishment_id = c.establishment_id and l.claim_id = c.claim_id) as care_on
  from claim_call k
  join claim c using (claim_id)
  join claim_cancellation x on x.establishment_id = c.establishment_id and x.claim_id = c.claim_id
  join establishment e on e.establishment_id = c.establishment_id
  left join (select h.claim_id, h.transfer_id
               from withholding h join transfer t using (transfer_id)
              where t.settlement_id = $1) w on w.claim_id = k.claim_id
 where k.credited_in = $1 and k.insurer_id = $2
 order by 1, c.invoice
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A claim cancelled after it was paid, as its insurer is given it back."""

    transfer_id: str
    invoice: str
    claim_id: UUID
    cancelled_at: datetime
    amount_cents: int
    finess: str
    profession: str
    plan_code: str
    person_id: UUID
    care_on: date


async def call_returns(tx: db.Tx, settlement_id: str, insurer_id: UUID) -> list[Returned]:
    """Return what a settlement gives back to an insurer, claim by claim."""
    return await db.read(tx, Returned, _CALL_RETURNS, settlement_id, insurer_id)
