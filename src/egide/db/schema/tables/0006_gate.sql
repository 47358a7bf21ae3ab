set role egide_gate;

-- One question of a batch, and its answer: what passes from one of the gate's functions to the next.
create type gate.question as (
    establishment uuid,
    entry         uuid,
    software      uuid,
    proof         uuid,
    purpose       text,
    basis         text,
    address       uuid,
    care_on       date,
    key           text,
    method        text
);
create type gate.answer as (
    outcome    text,
    anybody    uuid,
    person_id  uuid,
    insurer_id uuid,
    plan_code  text,
    start_on   date,
    end_on     date
);

create table gate.budget (
    establishment_id     uuid primary key,
    day_limit            integer not null,
    month_limit          integer not null,
    proved               boolean not null default false,
    adapted_in           integer,
    misses               integer not null default 0,
    relation_day_limit   integer not null default 300,
    relation_month_limit integer not null default 3000,
    unmet_limit          integer,
    paced_on             date,
    constraint budget_day_bound check (day_limit between 0 and 100),
    constraint budget_month_bound check (month_limit between 0 and 300)
);

-- One row a person (by the address typed) not yet explained; asked_at is the last time. Debts: of typed numbers
-- (U), and of relations asked again (H), which have a bucket of their own. An alias that was guessed is no debt of
-- the number that it happens to be. A debt is of a person whom the house had never met, by its card or by a settled
-- claim, or of one it had; it is held where the pace let nothing be shown; it is as old as the first time it was
-- asked, however often it is asked again.
create table gate.debt (
    establishment_id uuid not null,
    address          uuid not null,
    asked_at         timestamptz not null,
    basis            text not null default 'U',
    person_id        uuid,
    unmet            boolean not null default false,
    held             boolean not null default false,
    first_at         timestamptz,
    primary key (establishment_id, basis, address),
    constraint debt_basis_known check (basis in ('U', 'H'))
);
create index debt_asked_idx on gate.debt (asked_at);
create index debt_person_idx on gate.debt (establishment_id, person_id)
    where (basis = 'U') and (person_id is not null);
create index debt_window_idx on gate.debt (establishment_id, asked_at);

-- Which typed persons were explained, by the thirty days they were asked in: what an establishment's own limit
-- grows from. One person counts once a period, however often its card is shown.
create table gate.explained (
    establishment_id uuid not null,
    period           integer not null,
    person_id        uuid not null,
    unmet            boolean not null default false,
    asked_on         date,
    primary key (establishment_id, period, person_id)
);

-- Whom persons said they were at: a word given on a page, so a few a house.
create table gate.confirmation (
    establishment_id uuid not null,
    person_id        uuid not null,
    at               timestamptz not null
);
create index confirmation_idx on gate.confirmation (establishment_id, at);

-- A person met by its card, or by a settled claim, is known to that establishment by an alias that is worth nothing
-- elsewhere.
create table gate.relation (
    establishment_id uuid not null,
    person_id        uuid not null,
    alias            uuid not null,
    opened_at        timestamptz not null,
    primary key (establishment_id, person_id)
);
create unique index relation_alias_idx on gate.relation (establishment_id, alias);

-- Codes that an insured person's own page gives for one establishment: by their address, once, for sixty seconds.
create table gate.presence (
    address          uuid primary key,
    establishment_id uuid not null,
    person_id        uuid not null,
    expires_at       timestamptz not null
);
create index presence_expires_idx on gate.presence (expires_at);

-- Proofs seen: a proof that comes twice is refused by whichever process it comes to, after a crash too.
-- A replay of the same question is a network's second try; of another question, a thief's.
create table gate.proof (
    proof_hash uuid primary key,
    seen_at    timestamptz not null,
    address    uuid
);
create index proof_seen_idx on gate.proof (seen_at);

-- What happened that needs no judgement: it blocks by itself, and is told within a minute.
create table gate.fact (
    fact_id          uuid primary key,
    at               timestamptz not null,
    kind             text not null,
    establishment_id uuid not null,
    software_id      uuid,
    key              text not null default '',
    detail           text not null default '',
    told_at          timestamptz,
    constraint fact_kind_known check (kind in ('canary', 'replayed', 'key-mismatch', 'streak'))
);
create index fact_at_idx on gate.fact (at);
create index fact_untold_idx on gate.fact (at) where told_at is null;

-- What is contained, until when, by whom and why. Nothing is deleted: a segment is opened again by its end. A
-- concentrator is contained by the name its keys were enrolled with; a professional's account, or the portal, is
-- shut, not asked for a card.
create table gate.segment (
    kind   text not null,
    value  text not null,
    mode   text not null,
    reason text not null,
    author text not null,
    since  timestamptz not null,
    until  timestamptz not null,
    primary key (kind, value),
    constraint segment_mode_known check (mode in ('card-only', 'off')),
    constraint segment_says_why check (reason <> '' and author <> ''),
    constraint segment_ends check (until >= since),
    constraint segment_kind_known
        check (kind in ('establishment', 'key', 'vendor', 'build', 'concentrator', 'amc', 'flow', 'profession',
            'department', 'method', 'person')),
    constraint segment_of_persons_is_off
        check (mode = 'off' or kind <> 'person' and (kind, value) <> ('flow', 'portal'))
);
create index segment_until_idx on gate.segment (until);

create table gate.segment_log (
    at     timestamptz not null,
    kind   text not null,
    value  text not null,
    mode   text not null,
    reason text not null,
    author text not null,
    until  timestamptz
);

-- Typed persons a day, by segment and by shard: sixteen rows a segment, so that a crowd does not wait at one.
create table gate.segment_cap (
    kind    text not null,
    value   text not null,
    day_cap integer not null,
    primary key (kind, value)
);

create table gate.segment_use (
    kind    text not null,
    value   text not null,
    day     date not null,
    shard   smallint not null,
    persons integer not null,
    primary key (kind, value, day, shard)
);

reset role;
