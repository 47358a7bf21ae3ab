-- Makers of software, by the keys that sign their builds; a key of one opens nothing by itself.
create table vendor_key (
    thumbprint    text primary key,
    vendor        text not null,
    jwk           jsonb not null,
    registered_at timestamptz not null,
    revoked_at    timestamptz
);
create index vendor_key_vendor_idx on vendor_key (vendor) where revoked_at is null;

-- Which key of its maker declared a build, and which vouched for the instance that holds a caller's key.
create table software (
    software_id uuid primary key,
    vendor      text not null,
    product     text not null,
    version     text not null,
    declared_by text references vendor_key (thumbprint),
    constraint software_once unique (vendor, product, version)
);

-- The public key that an establishment's software signs with; one row a key, never updated.
-- Who enrolled and who revoked a software's key; nobody known for what the operator imports.
-- The pace of a house among persons it never met, segments by API, and what is not explained, for a person to read.
create table caller_key (
    thumbprint       text primary key,
    establishment_id uuid not null references establishment,
    software_id      uuid not null references software,
    jwk              jsonb not null,
    enrolled_at      timestamptz not null,
    revoked_at       timestamptz,
    enrolled_by      uuid references account (account_id),
    revoked_by       uuid references account (account_id),
    attested_by      text references vendor_key (thumbprint),
    concentrator     text,
    constraint caller_key_concentrator_named check (concentrator <> '')
);
create index caller_key_establishment_idx on caller_key (establishment_id);
create index caller_key_revoked_idx on caller_key (revoked_at) where revoked_at is not null;

-- Assertions of private_key_jwt are single-use across all processes.
create table assertion_seen (
    assertion_hash uuid primary key,
    expires_at     timestamptz not null
);
