-- Care networks: the insurers whose persons they serve, the establishments that adhere, the prices agreed, each dated;
-- a file says a network whole. Of a line, the network in which it was billed and its price.
create table care_network (
    code    text primary key,
    name    text not null,
    version integer not null,
    digest  bytea not null,
    constraint care_network_code_form check (code ~ '^[A-Z][A-Z0-9-]{1,19}$')
);
create table network_insurer (
    code       text not null references care_network,
    insurer_id uuid not null references insurer,
    from_on    date not null,
    until_on   date,
    primary key (code, insurer_id, from_on),
    constraint network_insurer_period_not_empty check (until_on >= from_on)
);
create table network_member (
    establishment_id uuid not null references establishment,
    code             text not null references care_network,
    from_on          date not null,
    until_on         date,
    primary key (establishment_id, code, from_on),
    constraint network_member_period_not_empty check (until_on >= from_on)
);
create table network_price (
    code    text not null references care_network,
    act     text not null,
    from_on date not null,
    cents   bigint not null,
    primary key (code, act, from_on),
    constraint network_price_positive check (cents > 0)
);
alter table claim_line add column network text;
alter table claim_line add column network_cents bigint
    constraint claim_line_network_price_positive check (network_cents > 0);
