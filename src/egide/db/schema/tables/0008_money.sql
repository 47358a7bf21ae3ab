-- What was billed and nobody owes: a day charge that is part of the participation in the stay (CSS L174-4).
create table claim (
    establishment_id uuid not null,
    invoice          text not null,
    claim_id         uuid not null,
    content_hash     bytea not null,
    entry_id         uuid not null,
    care_hash        bytea not null,
    person_id        uuid not null,
    insurer_id       uuid not null,
    plan_code        text not null,
    state            text not null,
    control          text,
    expense_cents    bigint not null,
    amo_cents        bigint not null,
    amc_cents        bigint not null,
    patient_cents    bigint not null,
    received_at      timestamptz not null,
    due_on           date not null,
    response         bytea not null,
    transfer_id      text,
    undue_cents      bigint not null default 0,
    primary key (establishment_id, invoice),
    constraint claim_id_once unique (claim_id),
    constraint claim_state_known check (state in ('rejected', 'payable', 'nothing-due', 'settled')),
    constraint claim_rejected_pays_nothing check (state <> 'rejected' or amc_cents = 0),
    constraint claim_rejected_names_its_control check ((state = 'rejected') = (control is not null)),
    constraint claim_payable_is_positive check ((state in ('payable', 'settled')) = (amc_cents > 0)),
    constraint claim_no_share_negative
        check (expense_cents >= 0 and amo_cents >= 0 and amc_cents >= 0 and patient_cents >= 0),
    constraint claim_settled_has_its_transfer
        check ((state = 'settled') = (transfer_id is not null)),
    constraint claim_payers_pay_the_expense
        check (state = 'rejected' or expense_cents = amo_cents + amc_cents + patient_cents + undue_cents),
    constraint claim_undue_not_negative check (undue_cents >= 0)
);
create index claim_payable_idx on claim (establishment_id, received_at) where state = 'payable';
create unique index claim_same_care_once on claim (establishment_id, care_hash)
    where state <> 'rejected';
create index claim_transfer_idx on claim (transfer_id) where transfer_id is not null;

-- What tells an act of a person from another, so that two invoices cannot bill it without saying that it was
-- done twice. Null on the lines stored before this column.
-- What the line of a claim was priced from, so that it can be priced again.
-- What else the line of a claim was priced from.
create table claim_line (
    establishment_id uuid not null,
    claim_id         uuid not null,
    line             smallint not null,
    act_code         text not null,
    care_on          date not null,
    expense_cents    bigint not null,
    amo_cents        bigint not null,
    amc_cents        bigint not null,
    patient_cents    bigint not null,
    act_hash         uuid,
    quantity         smallint not null default 1,
    side             text not null default '',
    situation        text not null default '',
    undue_cents      bigint not null default 0,
    base_cents       bigint,
    performer        text not null default '',
    stay             text not null default '',
    primary key (establishment_id, claim_id, line),
    constraint claim_line_payers_pay_the_expense
        check (expense_cents = amo_cents + amc_cents + patient_cents + undue_cents),
    constraint claim_line_undue_not_negative check (undue_cents >= 0)
);
create index claim_line_act_idx on claim_line (establishment_id, care_on, act_hash);

-- What a person has used of a limited guarantee: the memory of counters and renewal periods.
create table consumption (
    person_id    uuid not null,
    counter      text not null,
    care_on      date not null,
    claim_id     uuid not null,
    line         smallint not null,
    units        integer not null,
    amount_cents bigint not null,
    primary key (person_id, counter, claim_id, line)
);

-- Double entry: each row moves an amount from one account to another, so an entry cannot fail to balance.
create table ledger_entry (
    establishment_id uuid not null,
    entry_id         uuid not null,
    kind             text not null,
    debit            text not null,
    credit           text not null,
    amount_cents     bigint not null,
    claim_id         uuid,
    transfer_id      text,
    booked_at        timestamptz not null,
    primary key (establishment_id, entry_id),
    constraint ledger_amount_positive check (amount_cents > 0),
    constraint ledger_two_accounts check (debit <> credit),
    constraint ledger_kind_known check (kind in ('claim', 'transfer')),
    constraint ledger_kind_names_its_cause
        check ((kind = 'claim') = (claim_id is not null) and (kind = 'transfer') = (transfer_id is not null))
);
create unique index ledger_claim_booked_once on ledger_entry (claim_id) where kind = 'claim';
create unique index ledger_transfer_booked_once on ledger_entry (transfer_id)
    where kind = 'transfer';

create table settlement (
    settlement_id text primary key,
    closed_at     timestamptz not null,
    execute_on    date not null,
    transfers     integer not null,
    amount_cents  bigint not null,
    written_at    timestamptz,
    constraint settlement_positive check (transfers > 0 and amount_cents > 0)
);

-- A transfer keeps the account it is sent to: a file written again is the same whatever has changed since.
create table transfer (
    establishment_id uuid not null,
    transfer_id      text not null,
    settlement_id    text not null references settlement,
    amount_cents     bigint not null,
    claims           integer not null,
    iban_sealed      bytea not null,
    primary key (establishment_id, transfer_id),
    constraint transfer_once unique (transfer_id),
    constraint transfer_positive check (amount_cents > 0 and claims > 0)
);
create index transfer_settlement_idx on transfer (settlement_id);

-- An insurer accepts its call for funds: its claims are settled by it, which is what an establishment cannot forge
-- alone. Their persons explain what was typed of them, and are known to the houses they went to.
create table funds_call (
    insurer_id    uuid not null references insurer,
    settlement_id text not null references settlement,
    amount_cents  bigint not null,
    claims        integer not null,
    accepted_by   uuid references account (account_id),
    accepted_at   timestamptz,
    primary key (insurer_id, settlement_id),
    constraint funds_call_positive check (amount_cents > 0 and claims > 0),
    constraint funds_call_accepted_by_somebody check ((accepted_by is null) = (accepted_at is null))
);
