-- Insurers that answer by themselves: their service and what their contract says, from an instant on; the events that
-- they sent, each taken once; the invoices that they accept or refuse one by one.
create table insurer_service (
    insurer_id       uuid not null references insurer,
    since            timestamptz not null,
    url              text not null,
    public_key       bytea not null,
    asked            text[] not null,
    deadline_ms      integer not null,
    on_silence       text not null,
    guaranteed_cents bigint not null,
    accept_days      smallint,
    silence_accepts  boolean not null,
    primary key (insurer_id, since),
    constraint insurer_service_url_is_safe check (url ~ '^https://|^http://(127\.0\.0\.1|localhost|\[::1\])[:/]'),
    constraint insurer_service_key_is_whole check (octet_length(public_key) = 32),
    constraint insurer_service_asked_known check (asked <@ array['rights', 'preauth', 'claim']),
    constraint insurer_service_deadline_bound check (deadline_ms between 50 and 10000),
    constraint insurer_service_silence_known check (on_silence in ('guarantee', 'card-and-call')),
    constraint insurer_service_guaranteed_bound check (guaranteed_cents between 0 and 100000000),
    constraint insurer_service_days_bound check (accept_days between 1 and 60)
);
create table insurer_event (
    insurer_id uuid not null references insurer,
    event      text not null,
    digest     bytea not null,
    at         timestamptz not null,
    primary key (insurer_id, event)
);
create table claim_acceptance (
    claim_id         uuid primary key references claim (claim_id),
    establishment_id uuid not null,
    insurer_id       uuid not null references insurer,
    asked_at         timestamptz not null,
    answer_by        date not null,
    silence_accepts  boolean not null,
    answer           text,
    reason           text,
    answered_at      timestamptz,
    constraint claim_acceptance_answer_known check (answer in ('accepted', 'refused')),
    constraint claim_acceptance_answered_then check ((answer is null) = (answered_at is null)),
    constraint claim_acceptance_says_why check (reason is null or answer = 'refused')
);
create index claim_acceptance_waiting_idx on claim_acceptance (insurer_id, asked_at) where answer is null;
alter table claim add column said_by text not null default 'grid'
    constraint claim_said_by_known check (said_by in ('grid', 'insurer', 'silence'));
alter table preauth add column said_by text not null default 'grid'
    constraint preauth_said_by_known check (said_by in ('grid', 'insurer', 'silence'));
