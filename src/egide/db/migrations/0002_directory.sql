create table insurer (
    insurer_id   uuid primary key,
    amc_number   text not null,
    name         text not null,
    constraint insurer_amc_number_once unique (amc_number),
    constraint insurer_amc_number_form check (amc_number ~ '^[0-9A-Z]{8,10}$')
);

create table establishment (
    establishment_id uuid primary key,
    finess           text not null,
    siret            text not null,
    profession       text not null,
    name             text not null,
    department       text not null,
    iban_sealed      bytea not null,
    iban_tail        text not null,
    enrolled_at      timestamptz not null,
    constraint establishment_finess_once unique (finess),
    constraint establishment_profession_known check (profession in
        ('pharmacy', 'laboratory', 'doctor', 'dentist', 'optician', 'audiologist', 'auxiliary'))
);

create table professional (
    rpps             text primary key,
    establishment_id uuid not null references establishment,
    constraint professional_rpps_form check (rpps ~ '^[0-9]{11}$')
);
create index professional_establishment_idx on professional (establishment_id);

create table software (
    software_id uuid primary key,
    vendor      text not null,
    product     text not null,
    version     text not null,
    constraint software_once unique (vendor, product, version)
);

-- The public key that an establishment's software signs with; one row a key, never updated.
create table caller_key (
    thumbprint       text primary key,
    establishment_id uuid not null references establishment,
    software_id      uuid not null references software,
    jwk              jsonb not null,
    enrolled_at      timestamptz not null,
    revoked_at       timestamptz
);
create index caller_key_establishment_idx on caller_key (establishment_id);

-- Assertions of private_key_jwt are single-use across all processes.
create table assertion_seen (
    assertion_hash uuid primary key,
    expires_at     timestamptz not null
);

create table plan (
    plan_code   text not null,
    version_on  date not null,
    source_text text not null,
    digest      text not null,
    primary key (plan_code, version_on)
);

grant select on insurer, establishment, professional, software, caller_key, plan to egide_app, egide_loader;
grant select, insert, delete on assertion_seen to egide_app;
