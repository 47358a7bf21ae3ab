create table insurer (
    insurer_id uuid primary key,
    amc_number text not null,
    name       text not null,
    constraint insurer_amc_number_once unique (amc_number),
    constraint insurer_amc_number_form check (amc_number ~ '^[0-9A-Z]{8,10}$')
);

-- The key that lists of an insurer's own victims are sealed to: the insurer's, whose other half never comes here.
create table insurer_key (
    insurer_id uuid primary key references insurer,
    jwk        jsonb not null,
    since      timestamptz not null
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
    constraint establishment_profession_known
        check (profession in ('pharmacy', 'laboratory', 'doctor', 'dentist', 'optician', 'audiologist',
            'auxiliary', 'midwife', 'hospital', 'transporter', 'psychologist'))
);

create table professional (
    rpps             text primary key,
    establishment_id uuid not null references establishment,
    constraint professional_rpps_form check (rpps ~ '^[0-9]{11}$')
);
create index professional_establishment_idx on professional (establishment_id);

-- The register of establishments (FINESS): against it, those that enrol are checked.
create table finess_site (
    finess     text primary key,
    finess_ej  text not null,
    siret      text not null,
    name       text not null,
    category   text not null,
    department text not null
);
