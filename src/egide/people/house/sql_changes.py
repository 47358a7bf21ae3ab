"""Every statement on what two persons change in a house, and on where it is written to."""

from typing import Final
from uuid import UUID

from egide import db
from egide.core.refusal import invariant

_APPLY: Final = "select apply_house_changes() as changed"
_IN_FORCE: Final = """
select e.iban_tail, c.shown as contact_shown
  from establishment e
  left join house_contact c using (establishment_id)
 where e.establishment_id = $1
"""
_NAMED: Final = "select name, siret from establishment where establishment_id = $1"
_OPEN: Final = """
select c.change_id, c.kind, e.name, c.shown, c.asked_by, a.label_sealed as asked_label, c.asked_at, c.approved_at,
       c.approved_at + interval '72 hours' as in_force_at, c.approved_by, b.label_sealed as approved_label,
       c.subject, s.label_sealed as subject_label
  from house_change c
  left join establishment e using (establishment_id)
  join account a on a.account_id = c.asked_by
  left join account b on b.account_id = c.approved_by
  left join account s on s.account_id = c.subject
 where c.cancelled_at is null and c.applied_at is null and ($1::uuid is null or c.establishment_id = $1)
 order by c.kind not in ('iban', 'contact'), c.asked_at desc, c.change_id
 limit 500
"""
_PEOPLE: Final = """
select account_id, label_sealed, role
  from account
 where establishment_id = $1 and closed_at is null
 order by created_at, account_id
 limit 200
"""
_SUBJECT: Final = """
select establishment_id, rpps
  from account
 where account_id = $1 and closed_at is null and role <> 'insured' and ($2::uuid is null or establishment_id = $2)
"""
_ASK: Final = """
insert into house_change (change_id, kind, establishment_id, subject, sealed, shown, address, asked_by, asked_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, now())
    on conflict do nothing
"""
_APPROVE: Final = """
update house_change
   set approved_by = $3, code_hash = case when kind = 'recovery' then $5::bytea end
 where change_id = $1 and ($2::uuid is null or establishment_id = $2) and asked_by <> $3 and subject is distinct from $3
   and address = $4 and approved_by is null and cancelled_at is null and applied_at is null
   and not recovered_by_each_other(asked_by, $3)
returning kind
"""
_CANCEL: Final = """
update house_change
   set cancelled_by = $3
 where change_id = $1 and ($2::uuid is null or establishment_id = $2)
   and cancelled_at is null and applied_at is null
   and not (kind = 'administrator' and shown <> 'administrator' and subject = $3)
"""


_OWN_RECOVERY: Final = "select change, asked_at, in_force_at from own_recovery($1, $2)"


async def own_recovery(tx: db.Tx, session_id: UUID, *, stop: bool) -> db.Row | None:
    """Return the recovery of a session's own account that is under way, stopped if that is asked."""
    return await db.first(tx, _OWN_RECOVERY, session_id, stop)


async def apply_changes(tx: db.Tx) -> int:
    """Put in force what was approved 72 hours ago; return how many."""
    row = await db.first(tx, _APPLY)
    return 0 if row is None else int(row["changed"])


async def in_force(tx: db.Tx, establishment_id: UUID) -> db.Row | None:
    """Return the last signs of the account in use, and what the contact in use is known by."""
    return await db.first(tx, _IN_FORCE, establishment_id)


async def named_house(tx: db.Tx, establishment_id: UUID) -> db.Row:
    """Return the name and the SIRET of an establishment that is there."""
    rows = await db.many(tx, _NAMED, establishment_id)
    invariant(len(rows) == 1, "a house that has accounts is in the directory")
    return rows[0]


async def open_changes(tx: db.Tx, establishment_id: UUID | None) -> list[db.Row]:
    """Return the changes under way of an establishment, or of all: accounts and contacts first, then the newest."""
    return await db.many(tx, _OPEN, establishment_id)


async def people_of(tx: db.Tx, establishment_id: UUID) -> list[db.Row]:
    """Return the open accounts of an establishment."""
    return await db.many(tx, _PEOPLE, establishment_id)


async def subject(tx: db.Tx, account_id: UUID, establishment_id: UUID | None) -> db.Row | None:
    """Return the house of an open account, of an establishment or of any; None if there is none such."""
    return await db.first(tx, _SUBJECT, account_id, establishment_id)


async def ask_change(
    tx: db.Tx,
    change_id: UUID,
    what: tuple[str, UUID | None, UUID | None],
    kept: tuple[bytes, str, UUID],
    by: UUID,
) -> bool:
    """Ask for a change: its kind, house and subject; what is sealed, shown, and said again to approve it.

    False while another such is under way.
    """
    return await db.run(tx, _ASK, change_id, *what, *kept, by) == 1


async def approve_change(
    tx: db.Tx, which: tuple[UUID, UUID | None], by: UUID, address: UUID, code: bytes
) -> str | None:
    """Approve a change, of an establishment or of any, to an address; return its kind.

    None if this account may none such.

    Args:
        code: hash of the code that a recovery will let in by.
    """
    row = await db.first(tx, _APPROVE, *which, by, address, code)
    return None if row is None else str(row["kind"])


async def cancel_change(
    tx: db.Tx, change_id: UUID, establishment_id: UUID | None, by: UUID
) -> bool:
    """Stop a change of an establishment, or of any; False if there is none under way."""
    return await db.run(tx, _CANCEL, change_id, establishment_id, by) == 1
