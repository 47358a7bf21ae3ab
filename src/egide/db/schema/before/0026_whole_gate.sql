set role egide_gate;
-- What is contained, until when, by whom and why. Nothing is deleted: a segment is opened again by its end.
create table gate.segment (
    kind   text not null,
    value  text not null,
    mode   text not null,
    reason text not null,
    author text not null,
    since  timestamptz not null,
    until  timestamptz not null,
    primary key (kind, value),
    constraint segment_kind_known check (kind in
        ('establishment', 'key', 'vendor', 'build', 'amc', 'flow', 'profession', 'department', 'method', 'person')),
    constraint segment_mode_known check (mode in ('card-only', 'off')),
    constraint segment_says_why check (reason <> '' and author <> ''),
    constraint segment_ends check (until >= since)
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
insert into gate.segment (kind, value, mode, reason, author, since, until)
select 'establishment', establishment_id::text, state, 'contained before segments had a reason', 'migration',
    gate.instant(),
       gate.instant() + interval '30 days'
  from gate.budget
 where state <> 'open';
alter table gate.budget
    drop column state,
    add column proved boolean not null default false,
    add column adapted_in integer,
    add column misses integer not null default 0,
    add column relation_day_limit integer not null default 300,
    add column relation_month_limit integer not null default 3000;
update gate.budget set proved = day_limit = 100;
-- Debts: of typed numbers (U), and of relations asked again (H), which have a bucket of their own.
alter table gate.debt add column basis text not null default 'U', add column person_id uuid;
alter table gate.debt add constraint debt_basis_known check (basis in ('U', 'H'));
-- An alias that was guessed is no debt of the number that it happens to be.
alter table gate.debt drop constraint debt_pkey, add primary key (establishment_id, basis, address);
create index debt_person_idx on gate.debt (establishment_id, person_id) where basis = 'U' and person_id is not null;
-- Which typed persons were explained, by the thirty days they were asked in: what an establishment's own limit
-- grows from. One person counts once a period, however often its card is shown.
create table gate.explained (
    establishment_id uuid not null,
    period           integer not null,
    person_id        uuid not null,
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
-- Persons who do not exist, one list for each insurer or export: whoever asks about one holds a list.
create table gate.canary (
    person_id uuid primary key,
    label     text not null,
    made_at   timestamptz not null
);
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
create index fact_untold_idx on gate.fact (at) where told_at is null;
create index fact_at_idx on gate.fact (at);
-- A replay of the same question is a network's second try; of another question, a thief's.
alter table gate.proof add column address uuid;
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
alter table gate.entry
    add column key text,
    add column method text,
    drop constraint entry_basis_known,
    drop constraint entry_outcome_known,
    add constraint entry_basis_known check (basis in ('P', 'A', 'H', 'U', 'E', 'T')),
    add constraint entry_outcome_known check (outcome in ('shown', 'unknown', 'not-covered', 'ambiguous', 'revoked',
        'over-budget',
        'over-cap', 'suspended', 'replayed', 'canary'));
reset role;
