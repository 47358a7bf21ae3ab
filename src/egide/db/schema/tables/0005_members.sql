set role egide_gate;

-- What a contract's persons share: credits and limits « par contrat ». A contract is known by a pseudonym, a keyed
-- PRF of its insurer's reference; persons imported before have none until their line changes.
create table gate.person (
    person_id   uuid primary key,
    insurer_id  uuid not null,
    birth_year  smallint not null,
    sealed      bytea not null,
    wrapped_key bytea not null,
    digest      bytea not null,
    addresses   uuid[] not null,
    contract_id uuid
);

-- Cover by its address: a keyed PRF of the card, of the member number or of the NIR, made outside.
create table gate.cover (
    address    uuid not null,
    person_id  uuid not null,
    start_on   date not null,
    end_on     date,
    basis      text not null,
    insurer_id uuid not null,
    plan_code  text not null,
    primary key (address, person_id, start_on),
    constraint cover_period_not_empty check (end_on > start_on),
    constraint cover_basis_known check (basis in ('P', 'U'))
);

create table gate.card_revoked (
    address    uuid primary key,
    revoked_at timestamptz not null
);

-- Persons who do not exist, one list for each insurer or export: whoever asks about one holds a list.
create table gate.canary (
    person_id uuid primary key,
    label     text not null,
    made_at   timestamptz not null
);

-- Activation codes by their address, a keyed PRF: sixty bits would not resist a guess at their bare hash.
create table gate.activation (
    address    uuid primary key,
    person_id  uuid not null,
    issued_at  timestamptz not null,
    expires_at timestamptz not null
);
create unique index activation_person_once on gate.activation (person_id);

reset role;

-- One row a file taken in, whole or not at all; the digest of its content makes it idempotent.
create table member_import (
    import_id   uuid primary key,
    digest      uuid not null,
    lines       bigint not null,
    persons     bigint not null,
    refused     bigint not null,
    imported_at timestamptz not null,
    constraint member_import_once unique (digest)
);

-- Where an interrupted import stopped: what is staged up to line_count need not be read again.
create table import_progress (
    digest     uuid primary key,
    line_count bigint not null,
    report     text not null
);

-- Sealed persons on their way in. Unlogged: after a crash of the server it is empty, and the
-- import finds that its progress says more than is there, and starts again.
create unlogged table import_staged (
    digest        uuid not null,
    line_number   bigint not null,
    person_id     uuid not null,
    insurer_id    uuid not null,
    sealed        bytea not null,
    wrapped_key   bytea not null,
    person_digest bytea not null,
    birth_year    smallint not null,
    card          uuid,
    member        uuid not null,
    nir           uuid not null,
    starts        date[] not null,
    ends          date[] not null,
    plans         text[] not null,
    contract      uuid
);
create unique index import_staged_line_idx on import_staged (digest, line_number);
