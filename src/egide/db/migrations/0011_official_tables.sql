-- Acts and tariffs of the official files; each replaces the shipped act of its code. Public data, no person's.
create table nomenclature_edition (
    edition_id uuid primary key,
    source     text not null,
    acts       integer not null,
    taken_at   timestamptz not null
);
create table nomenclature_act (
    system      text not null,
    code        text not null,
    label       text not null,
    family      text not null,
    professions text[] not null,
    edition_id  uuid not null references nomenclature_edition,
    primary key (system, code)
);
create table nomenclature_tariff (
    system          text not null,
    code            text not null,
    since_on        date not null,
    until_on        date,
    basis           text not null,
    base_cents      bigint not null,
    limit_cents     bigint,
    not_optam_cents bigint,
    source          text not null,
    primary key (system, code, since_on),
    foreign key (system, code) references nomenclature_act,
    constraint nomenclature_tariff_not_empty check (until_on > since_on),
    constraint nomenclature_tariff_basis_known check (basis in ('fixed', 'price', 'declared')),
    constraint nomenclature_tariff_not_negative check (base_cents >= 0 and limit_cents >= 0 and not_optam_cents >= 0)
);
grant select on nomenclature_edition, nomenclature_act, nomenclature_tariff to egide_app, egide_loader;

-- The register of establishments (FINESS): against it, those that enrol are checked.
create table finess_site (
    finess     text primary key,
    finess_ej  text not null,
    siret      text not null,
    name       text not null,
    category   text not null,
    department text not null
);

-- What was billed and nobody owes: a day charge that is part of the participation in the stay (CSS L174-4).
alter table claim add column undue_cents bigint not null default 0,
    drop constraint claim_payers_pay_the_expense,
    add constraint claim_payers_pay_the_expense check
        (state = 'rejected' or expense_cents = amo_cents + amc_cents + patient_cents + undue_cents),
    add constraint claim_undue_not_negative check (undue_cents >= 0);
alter table claim_line add column undue_cents bigint not null default 0,
    drop constraint claim_line_payers_pay_the_expense,
    add constraint claim_line_payers_pay_the_expense check
        (expense_cents = amo_cents + amc_cents + patient_cents + undue_cents),
    add constraint claim_line_undue_not_negative check (undue_cents >= 0);

-- What else the line of a claim was priced from.
alter table claim_line add column base_cents bigint,
                       add column performer text not null default '',
                       add column stay text not null default '';
