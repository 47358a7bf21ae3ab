create table settlement (
    settlement_id text primary key,
    closed_at     timestamptz not null,
    execute_on    date not null,
    transfers     integer not null,
    amount_cents  bigint not null,
    written_at    timestamptz,
    constraint settlement_positive check (transfers > 0 and amount_cents > 0)
);

create table transfer (
    establishment_id uuid not null,
    transfer_id      text not null,
    settlement_id    text not null references settlement,
    amount_cents     bigint not null,
    claims           integer not null,
    primary key (establishment_id, transfer_id),
    constraint transfer_once unique (transfer_id),
    constraint transfer_positive check (amount_cents > 0 and claims > 0)
);
create index transfer_settlement_idx on transfer (settlement_id);

create table funds_call (
    insurer_id    uuid not null references insurer,
    settlement_id text not null references settlement,
    amount_cents  bigint not null,
    claims        integer not null,
    primary key (insurer_id, settlement_id),
    constraint funds_call_positive check (amount_cents > 0 and claims > 0)
);

grant select on settlement, transfer, funds_call to egide_app;
grant select, insert, update on settlement to egide_payer;
grant select, insert on transfer, funds_call, ledger_entry to egide_payer;
grant select on claim, claim_line, insurer, establishment to egide_payer;
grant update (state, transfer_id) on claim to egide_payer;
