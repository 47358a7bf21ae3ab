"""The statement by which a server tells how its queues stand."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from egide import db

_STANDING: Final = """
select *
  from (values
    ('log_lag_seconds', 'Since when the oldest answer waits to be in the tree.',
     coalesce(extract(epoch from $1::timestamptz - (select waiting_since from gate.log_lag())), 0)),
    ('log_unwitnessed_seconds', 'Since when the oldest checkpoint waits for a witness.',
     coalesce(extract(epoch from $1::timestamptz - (select unseen_since from gate.log_lag())), 0)),
    ('database_bytes', 'The database on disk.', pg_database_size(current_database())),
    ('laws_broken', 'Laws that the last check found broken.',
     coalesce((select (select count(*) from jsonb_object_keys(broken))
                 from law_check order by checked_at desc limit 1), 0)),
    ('laws_age_seconds', 'Since the laws were last checked.',
     coalesce(extract(epoch from $1::timestamptz - (select max(checked_at) from law_check)), 0)),
    ('segments_contained', 'Segments on cards only, or off.',
     (select count(*) from gate.segment where until > $1::timestamptz)),
    ('facts_untold', 'Facts of the gate that nobody was told of.',
     (select count(*) from gate.fact where told_at is null)),
    ('notices_waiting', 'Security notices that have not left.',
     (select count(*) from notice where sent_at is null)),
    ('notices_age_seconds', 'Since the oldest of them was made.',
     coalesce(extract(epoch from $1::timestamptz - (select min(made_at) from notice where sent_at is null)), 0)),
    ('preauths_pended', 'Prises en charge that wait for their insurer.',
     (select count(*) from preauth where state = 'pended-payer')),
    ('settlements_unwritten', 'Settlements whose order file is not on disk.',
     (select count(*) from settlement where written_at is null)),
    ('transfers_open', 'Orders that the bank has not executed yet.',
     (select count(*) from transfer where state in ('ordered', 'acknowledged'))),
    ('bank_suspense', 'Movements that nothing explains.',
     (select count(*) from bank_entry where disposition = 'suspense')),
    ('bank_suspense_age_seconds', 'Since the oldest of them was booked.',
     coalesce(extract(epoch from $1::timestamptz - (select min(booked_on) from bank_entry
                                        where disposition = 'suspense')::timestamptz), 0)),
    ('payments_held', 'Establishments that are paid nothing until their account changes.',
     (select count(distinct establishment_id) from payment_hold where released_at is null)),
    ('restorations_unconfirmed', 'Restorations after which nobody has looked at the bank.',
     (select count(*) from restoration where confirmed_at is null))
  ) as m (name, said, value)
"""


@dataclass(frozen=True, slots=True)
class Stands:
    """A number, and what it is."""

    name: str
    said: str
    value: float


async def standing(tx: db.Tx, now: datetime) -> list[Stands]:
    """Return how queues, laws and money stand. Owner only. Cost: counts of what waits, not of what is done."""
    rows = await db.many(tx, _STANDING, now)
    return [Stands(row["name"], row["said"], float(row["value"])) for row in rows]
