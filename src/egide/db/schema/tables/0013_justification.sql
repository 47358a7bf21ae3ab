-- What an insurer's acceptance justifies waits for the person's word against it, and for cards (GATE, I6); one
-- establishment counts a person once a day in the caps that it shares with others (I9).
drop function if exists gate.charge_unproved(gate.question[], text[], timestamptz);

set role egide_gate;

create table gate.claimed (
    establishment_id uuid not null,
    person_id        uuid not null,
    accepted_at      timestamptz not null,
    justified_at     timestamptz,
    primary key (establishment_id, person_id)
);
create index claimed_waiting_idx on gate.claimed (accepted_at) where justified_at is null;

-- A person's "this was not me": no claim justifies what that establishment asked of it.
create table gate.objection (
    establishment_id uuid not null,
    person_id        uuid not null,
    at               timestamptz not null,
    primary key (establishment_id, person_id)
);

create table gate.segment_counted (
    day              date not null,
    establishment_id uuid not null,
    address          uuid not null,
    primary key (establishment_id, day, address)
);
create index segment_counted_day_idx on gate.segment_counted (day);

reset role;
