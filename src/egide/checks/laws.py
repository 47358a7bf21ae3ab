"""The laws of the ledger and of the gate; each is a query that must find nothing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, LiteralString

from egide import db
from egide.checks import sql

_OF_MONEY: Final[dict[str, LiteralString]] = {
    "each accepted claim with an amount is booked once, for that amount, between its two accounts": """
select c.invoice as what
  from claim c
  left join ledger_entry l
    on l.cause_kind = 'claim' and l.cause_id = c.claim_id::text and l.amount_cents = c.amc_cents
   and l.debit = 'amc:' || c.insurer_id || ':due' and l.credit = 'establishment:' || c.establishment_id || ':payable'
 where c.amc_cents > 0 and l.cause_id is null
""",
    "each booked claim exists with that amount": """
select l.cause_id as what
  from ledger_entry l
  left join claim c on c.claim_id::text = l.cause_id and c.amc_cents = l.amount_cents
 where l.cause_kind = 'claim' and c.claim_id is null
""",
    "what an establishment is still owed is the sum of its payable claims": """
select coalesce(o.account, 'establishment:' || p.establishment_id) as what
  from (select account, sum(cents) as cents
          from (select credit as account, amount_cents as cents from ledger_entry
                union all
                select debit, -amount_cents from ledger_entry) moves
         where account like 'establishment:%:payable'
         group by account
        having sum(cents) <> 0) o
  full join (select establishment_id, sum(amc_cents) as cents
          from claim
         where state = 'payable'
         group by establishment_id) p on o.account = 'establishment:' || p.establishment_id || ':payable'
 where o.cents is distinct from p.cents
""",
    "each transfer is the sum of what is allocated to it, less what it holds back, and what it gives back": """
select t.transfer_id as what
  from transfer t
  left join (select transfer_id, sum(amount_cents) as cents, count(*) as claims from allocation group by 1) a
    on a.transfer_id = t.transfer_id
  left join (select transfer_id, sum(amount_cents) as cents from withholding group by transfer_id) h
    on h.transfer_id = t.transfer_id
  left join (select transfer_id, sum(amount_cents) as cents from refund group by transfer_id) r
    on r.transfer_id = t.transfer_id
 where coalesce(a.cents, 0) - coalesce(h.cents, 0) + coalesce(r.cents, 0) <> t.amount_cents
    or coalesce(a.claims, 0) <> t.claims
""",
    "each settled claim is allocated, whole, to one transfer under way": """
select c.invoice as what
  from claim c
  left join allocation a on a.claim_id = c.claim_id and a.ended_at is null and a.amount_cents = c.amc_cents
   and a.establishment_id = c.establishment_id and a.insurer_id = c.insurer_id
  left join transfer t on t.transfer_id = a.transfer_id and t.establishment_id = c.establishment_id
 where (c.state in ('settled', 'reversed')) <> (t.transfer_id is not null)
""",
    "each transfer is booked once, for its amount, on its way": """
select t.transfer_id as what
  from transfer t
  left join ledger_entry l
    on l.cause_kind = 'transfer' and l.cause_id = t.transfer_id and l.part = 0 and l.amount_cents = t.amount_cents
   and l.debit = 'establishment:' || t.establishment_id || ':payable' and l.credit = 'in-flight:out'
 where l.cause_id is null
""",
    "what is on its way is what was ordered, and neither booked nor rejected": """
select 'in-flight:out' as what
  from (select coalesce(sum(case when credit = 'in-flight:out' then amount_cents else -amount_cents end), 0) as cents
          from ledger_entry where 'in-flight:out' in (debit, credit)) l
 where l.cents <> (select coalesce(sum(t.amount_cents), 0) from transfer t where t.state in ('ordered', 'acknowledged'))
""",
    "the bank's account is what its last statements close at": """
select 'bank' as what
  from (select coalesce(sum(case when debit = 'bank' then amount_cents else -amount_cents end), 0) as cents
          from ledger_entry where 'bank' in (debit, credit)) l
 where l.cents <> (select coalesce(sum(s.closed_cents), 0)
                     from (select distinct on (account) closed_cents
                             from bank_statement order by account, place desc) s)
""",
    "each statement opens where the one before closed, and closes where its movements lead": """
select s.reference as what
  from bank_statement s
  left join bank_statement b on b.account = s.account and b.place = s.place - 1
  left join (select account, place, sum(amount_cents) as cents, count(*) as entries
               from bank_entry group by account, place) e
    on e.account = s.account and e.place = s.place
 where s.place > 1 and b.closed_cents is distinct from s.opened_cents
    or s.opened_cents + coalesce(e.cents, 0) <> s.closed_cents or coalesce(e.entries, 0) <> s.entries
""",
    "a transfer is booked by one movement of the bank more than it came back by, or by as many": """
select t.transfer_id as what
  from transfer t
 cross join lateral (select count(*) filter (where e.target = t.transfer_id and e.disposition = 'booked') as own,
                            count(*) filter (where e.target = t.settlement_id and e.disposition = 'booked') as files,
                            count(*) filter (where e.target = t.transfer_id and e.disposition = 'returned') as back
                       from bank_entry e
                      where e.target in (t.transfer_id, t.settlement_id)) m
 where case t.state
           when 'booked' then m.own - m.back > 1 or m.own + m.files - m.back < 1
           when 'returned' then m.back < 1 or m.own - m.back > 0 or m.own + m.files < m.back
           when 'rejected' then m.own > 0 or m.back > 0
           else m.own + m.files + m.back > 0 end
""",
    "each settlement is the sum of its transfers, and of its calls for funds": """
select s.settlement_id as what
  from settlement s
  left join (select t.settlement_id, sum(t.amount_cents) as cents, count(*) as transfers
               from transfer t group by 1) t on t.settlement_id = s.settlement_id
  left join (select t.settlement_id, sum(a.amount_cents) as cents
               from transfer t join allocation a using (transfer_id) group by 1) a on a.settlement_id = s.settlement_id
  left join (select settlement_id, sum(amount_cents) as cents from funds_call group by 1) f
    on f.settlement_id = s.settlement_id
 where s.amount_cents is distinct from t.cents or s.transfers is distinct from t.transfers
    or coalesce(f.cents, 0) <> coalesce(a.cents, 0)
""",
    "each claim is called from its insurer once, and given back to it once it is cancelled": """
select coalesce(f.settlement_id, k.settlement_id) as what
  from (select settlement_id, insurer_id, sum(amount_cents - reissued_cents) as called, sum(returned_cents) as returned
          from funds_call group by 1, 2) f
  full join (select settlement_id, insurer_id, sum(called) as called, sum(returned) as returned
               from (select settlement_id, insurer_id, amount_cents as called, 0 as returned from claim_call
                      union all
                     select credited_in, insurer_id, 0, amount_cents from claim_call where credited_in is not null) m
              group by 1, 2) k using (settlement_id, insurer_id)
 where coalesce(f.called, 0) <> coalesce(k.called, 0) or coalesce(f.returned, 0) <> coalesce(k.returned, 0)
 union all
select c.invoice
  from claim_call k
  join claim c using (claim_id)
 where k.credited_in is not null and c.state not in ('cancelled', 'reversed')
""",
    "each call takes of what its insurer has paid in what was booked of it, and no more than there was": """
select coalesce(f.settlement_id, l.cause_id) as what
  from (select insurer_id || '/' || settlement_id as cause_id, settlement_id, abs(funds_cents) as cents,
               'amc:' || insurer_id || case when funds_cents > 0 then ':funds' else ':due' end as debit,
               'amc:' || insurer_id || case when funds_cents > 0 then ':due' else ':funds' end as credit
          from funds_call where funds_cents <> 0) f
  full join (select cause_id, amount_cents, debit, credit from ledger_entry where cause_kind = 'call') l
    on l.cause_id = f.cause_id and l.amount_cents = f.cents and l.debit = f.debit and l.credit = f.credit
 where f.cause_id is null or l.cause_id is null
 union all
select account
  from (select credit as account, amount_cents as cents from ledger_entry where credit like 'amc:%:funds'
         union all
        select debit, -amount_cents from ledger_entry where debit like 'amc:%:funds') m
 group by account
having sum(cents) < 0
""",
    "a debit of an insurer is credited by one movement of the bank more than it was taken back by, or by as many": """
select c.collection_id as what
  from collection c
 cross join lateral (select count(*) filter (where e.target = c.insurer_id || '/' || c.settlement_id
                                                   and e.disposition = 'called') as own,
                            count(*) filter (where e.target = c.settlement_id || '-' || c.scheme) as files,
                            count(*) filter (where e.disposition = 'uncalled') as back
                       from bank_entry e
                      where e.target in (c.insurer_id || '/' || c.settlement_id, c.settlement_id || '-' || c.scheme)
                        and e.disposition in ('called', 'uncalled') and e.rule <> 'call') m
 where case c.state
           when 'booked' then m.own - m.back > 1 or m.own + m.files - m.back < 1
           when 'returned' then m.back < 1 or m.own - m.back > 0 or m.own + m.files < m.back
           else m.own <> m.back end
""",
    "what is kept for an establishment is what is to be given back to it": """
select coalesce(o.account, 'establishment:' || r.establishment_id) as what
  from (select account, sum(cents) as cents
          from (select credit as account, amount_cents as cents from ledger_entry
                union all
                select debit, -amount_cents from ledger_entry) moves
         where account like 'establishment:%:held'
         group by account
        having sum(cents) <> 0) o
  full join (select establishment_id, sum(amount_cents) as cents
               from refund where transfer_id is null and ended_at is null
              group by establishment_id) r on o.account = 'establishment:' || r.establishment_id || ':held'
 where o.cents is distinct from r.cents
""",
    "each cancelled claim was cancelled once, and is booked back for what was due or paid": """
select c.invoice as what
  from claim c
  left join claim_cancellation x using (establishment_id, claim_id)
  left join (select cause_id, sum(case when credit like 'amc:%' then amount_cents else -amount_cents end) as cents
               from ledger_entry where cause_kind = 'cancellation' group by cause_id) l on l.cause_id = c.claim_id::text
 where (c.state in ('cancelled', 'reversed')) <> (x.claim_id is not null)
    or (c.state = 'reversed') <> (x.was is not distinct from 'settled' and not x.is_given_back)
    or x.amount_cents is distinct from case when x.claim_id is not null then c.amc_cents end
    or coalesce(l.cents, 0) <> case when x.claim_id is not null then c.amc_cents else 0 end
""",
    "what an establishment owes back is what it was paid of cancelled claims and no transfer has held back": """
select coalesce(o.account, 'establishment:' || x.establishment_id) as what
  from (select account, sum(cents) as cents
          from (select debit as account, amount_cents as cents from ledger_entry
                union all
                select credit, -amount_cents from ledger_entry) moves
         where account like 'establishment:%:undue'
         group by account
        having sum(cents) <> 0) o
  full join (select establishment_id, sum(amount_cents) as cents
               from claim_cancellation
              where was = 'settled' and transfer_id is null
              group by establishment_id) x on o.account = 'establishment:' || x.establishment_id || ':undue'
 where o.cents is distinct from x.cents
""",
    "each claim is the sum of its lines": """
select c.invoice as what
  from claim c
  left join claim_line l on l.establishment_id = c.establishment_id and l.claim_id = c.claim_id
 where c.state <> 'rejected'
 group by c.establishment_id, c.invoice
having sum(l.expense_cents) is distinct from c.expense_cents
    or sum(l.amo_cents) is distinct from c.amo_cents
    or sum(l.amc_cents) is distinct from c.amc_cents
    or sum(l.other_amc_cents) is distinct from c.other_amc_cents
    or sum(l.patient_cents) is distinct from c.patient_cents
""",
    "each claim has its entry in the access log, for the same person": """
select c.invoice as what
  from claim c
  left join gate.entry e
    on e.establishment_id = c.establishment_id and e.entry_id = c.entry_id
   and e.purpose = 'claim' and e.outcome = 'shown' and e.person_id = c.person_id
 where e.entry_id is null
""",
}
# What breaks one of these is told, and looked at by a person; it owes nobody a payment less.
_OF_THE_GATE: Final[dict[str, LiteralString]] = {
    "each typed answer was charged to its establishment's budget": """
select e.entry_id::text as what
  from gate.entry e
  left join gate.unproved_query d on d.establishment_id = e.establishment_id and d.basis = 'U'
   and d.address in (e.address, gate.kept(e.address))  -- entries of before 0012 have theirs undigested
 where e.basis = 'U' and e.outcome in ('shown', 'unknown', 'not-covered', 'ambiguous')
   and e.at > gate.instant() - interval '180 days'
   and d.address is null
   -- A person may have been typed for a day that it was not covered on, or before it was known: its address tells.
   and not exists (select from gate.justified x
                    where x.establishment_id = e.establishment_id
                      and (x.person_id = e.person_id
                           or x.person_id in (select c.person_id from gate.cover c
                                               where c.address in (e.address, gate.kept(e.address)))
                           or x.person_id in (select o.person_id from gate.entry o
                                               where o.establishment_id = e.establishment_id and o.basis = 'U'
                                                 and o.address = e.address and o.outcome = 'shown')))
""",
    "each answer of more than a minute ago is in the tree of the access log": """
select e.entry_id::text as what
  from gate.entry e
  left join gate.leaf l using (establishment_id, entry_id)
 where l.index is null and e.at < gate.instant() - interval '1 minute'
""",
    "each leaf of the tree has its answer": """
select l.index::text as what
  from gate.leaf l
  left join gate.entry e using (establishment_id, entry_id)
 where e.entry_id is null
""",
    "the tree has no hole, and is as long as was noted": """
select m.size::text as what
  from gate.log_mark m
 where m.size <> (select count(*) from gate.leaf) or m.size <> (select coalesce(max(index) + 1, 0) from gate.leaf)
""",
    "no establishment is over its budget": """
select b.establishment_id::text as what
  from gate.budget b
  join gate.unproved_query d using (establishment_id)
 where d.basis = 'U' and d.asked_at > gate.instant() - interval '30 days'
 group by b.establishment_id, b.day_limit, b.month_limit
having count(*) > b.month_limit
    or count(*) filter (where d.asked_at > gate.instant() - interval '24 hours') > b.day_limit
""",
}
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Finding:
    """A law, and the first things that break it (none when it holds).

    Args:
        of_money: nothing is paid while it is broken.
    """

    law: str
    broken_by: list[str]
    of_money: bool


async def check_laws(tx: db.Tx) -> list[Finding]:
    """Check every law; needs the owner's login. Cost: a full read of claims, ledger and log."""
    findings: list[Finding] = []
    for laws, of_money in ((_OF_MONEY, True), (_OF_THE_GATE, False)):
        for law, query in laws.items():
            rows = await db.many(tx, query)
            broken_by = [row["what"] for row in rows[:_SHOWN]]
            findings.append(Finding(law, broken_by, of_money))
    return findings


async def check_and_keep(pool: db.Pool, now: datetime) -> list[Finding]:
    """Check every law on one state of the database, and keep what was found for who asks how this server is."""
    async with db.transaction(pool) as tx:
        await db.run(tx, "set transaction isolation level repeatable read")
        findings = await check_laws(tx)
        broken = {one.law: one.broken_by for one in findings if one.broken_by}
        await sql.keep(tx, now, len(findings), broken)
    return findings


def law_queries() -> dict[str, str]:
    """Return the query of each law, for those who want to read or explain them."""
    return dict[str, str](_OF_MONEY | _OF_THE_GATE)
