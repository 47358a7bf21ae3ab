set role egide_gate;

-- The access log: one row an answer, refusals too. It is also the engagement: entry_id is its number.
-- The transaction that wrote an entry: below the oldest one still open, nothing can come any more.
create table gate.entry (
    establishment_id uuid not null,
    entry_id         uuid not null,
    at               timestamptz not null,
    software_id      uuid,
    purpose          text not null,
    basis            text not null,
    address          uuid not null,
    care_on          date not null,
    outcome          text not null,
    person_id        uuid,
    insurer_id       uuid,
    plan_code        text,
    start_on         date,
    end_on           date,
    account_id       uuid,
    key              text,
    method           text,
    xid              xid8 not null default pg_current_xact_id(),
    primary key (establishment_id, entry_id),
    constraint entry_shown_names_a_person check ((outcome = 'shown') = (person_id is not null)),
    constraint entry_purpose_known check (purpose in ('rights', 'claim', 'support')),
    constraint entry_support_is_by_ticket check ((purpose = 'support') = (basis = 'T')),
    constraint entry_names_who_received
        check ((purpose = 'support') = (account_id is not null)
            and (purpose = 'support') = (software_id is null)),
    constraint entry_basis_known check (basis in ('P', 'A', 'H', 'U', 'E', 'T')),
    constraint entry_outcome_known
        check (outcome in ('shown', 'unknown', 'not-covered', 'ambiguous', 'revoked', 'over-budget',
            'over-cap', 'over-pace', 'suspended', 'replayed', 'canary'))
);
create index entry_at_idx on gate.entry (establishment_id, at);
create index entry_person_idx on gate.entry (person_id, at) where person_id is not null;
create index entry_support_idx on gate.entry (at) where purpose = 'support';
create index entry_xid_idx on gate.entry (xid);

-- One row a leaf: its place for ever, its salt until it is erased, and what the tree holds of it.
create table gate.leaf (
    index            bigint primary key,
    establishment_id uuid not null,
    entry_id         uuid not null,
    salt             bytea,
    value            bytea not null,
    constraint leaf_once unique (establishment_id, entry_id),
    constraint leaf_salt_of_256_bits check (octet_length(salt) = 32),
    constraint leaf_value_of_256_bits check (octet_length(value) = 32)
);

-- Hashes by 256, level by level; the last of each level grows until it is full.
create table gate.tile (
    level  smallint not null,
    number bigint not null,
    hashes bytea not null,
    primary key (level, number),
    constraint tile_of_whole_hashes
        check (octet_length(hashes) % 32 = 0 and octet_length(hashes) between 32 and 8192)
);

create table gate.checkpoint (
    size         bigint primary key,
    note         text not null,
    signed_at    timestamptz not null,
    cosignatures text[] not null default '{}'
);
create index checkpoint_cosigned_idx on gate.checkpoint (size) where cardinality(cosignatures) > 0;

create table gate.log_mark (
    is_one boolean default true primary key,
    xid    xid8 not null,
    size   bigint not null,
    check (is_one)
);

insert into gate.log_mark (xid, size) values ('0', 0);
reset role;
