create table plan (
    plan_code   text not null,
    version_on  date not null,
    source_text text not null,
    digest      text not null,
    primary key (plan_code, version_on)
);

-- The plan codes that covers name: one a column of a grid's table, options with the bases they are added to.
create table plan_level (
    level_code text not null,
    plan_code  text not null,
    version_on date not null,
    option_of  text[] not null,
    closed_on  date,
    primary key (level_code, version_on),
    foreign key (plan_code, version_on) references plan(plan_code, version_on)
);

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
    foreign key (system, code) references nomenclature_act(system, code),
    constraint nomenclature_tariff_not_empty check (until_on > since_on),
    constraint nomenclature_tariff_basis_known check (basis in ('fixed', 'price', 'declared')),
    constraint nomenclature_tariff_not_negative
        check (base_cents >= 0 and limit_cents >= 0 and not_optam_cents >= 0)
);
