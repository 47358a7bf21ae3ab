-- What the bank answers: a transfer is ordered, acknowledged, booked when our account is debited, and may come back.
-- Nothing is paid on advice: a state moves by an entry of an account statement, or by a reject.
alter table transfer
    add column state     text not null default 'ordered',
    add column booked_on date,
    add column ended_on  date,
    add column reason    text,
    add constraint transfer_state_known
        check (state in ('ordered', 'acknowledged', 'booked', 'rejected', 'returned')),
    add constraint transfer_booked_on_a_day check ((state in ('booked', 'returned')) = (booked_on is not null)),
    add constraint transfer_ended_on_a_day check ((state in ('rejected', 'returned')) = (ended_on is not null));
create index transfer_open_idx on transfer (settlement_id) where state in ('ordered', 'acknowledged');

-- An establishment whose account the bank refused is paid again once its account has changed, or a person says so.
create table payment_hold (
    establishment_id uuid not null,
    transfer_id      text not null,
    reason           text not null,
    since            timestamptz not null,
    released_by      text,
    released_at      timestamptz,
    primary key (establishment_id, transfer_id),
    constraint payment_hold_released_by_somebody check ((released_by is null) = (released_at is null))
);
create index payment_hold_open_idx on payment_hold (establishment_id) where released_at is null;

-- A claim that is tried again was called from its insurer the first time.
alter table funds_call add column reissued_cents bigint not null default 0;
alter table funds_call add constraint funds_call_reissued check (reissued_cents between 0 and amount_cents);

-- An account's statements, one after another: each opens where the one before closed.
create table bank_statement (
    account      text not null,
    reference    text not null,
    place        integer not null,
    digest       uuid not null,
    opened_cents bigint not null,
    closed_cents bigint not null,
    closed_on    date not null,
    entries      integer not null,
    taken_at     timestamptz not null,
    primary key (account, reference),
    constraint bank_statement_one_after_another unique (account, place)
);
-- Each movement of a statement has one disposition, with the rule that made it and in which version.
create table bank_entry (
    account      text not null,
    reference    text not null,
    number       integer not null,
    amount_cents bigint not null,
    booked_on    date not null,
    end_to_end   text not null,
    batch        text not null,
    bank_reference text not null,
    said         text not null,
    reason       text not null,
    disposition  text not null,
    rule         text not null,
    rule_version smallint not null,
    target       text not null,
    proposed_as  text,
    proposed_by  text,
    disposed_by  text,
    disposed_at  timestamptz,
    primary key (account, reference, number),
    foreign key (account, reference) references bank_statement,
    constraint bank_entry_moves check (amount_cents <> 0),
    constraint bank_entry_disposition_known
        check (disposition in ('booked', 'returned', 'called', 'charges', 'suspense', 'disposed')),
    constraint bank_entry_by_two check (disposed_by is null or disposed_by <> proposed_by)
);
create index bank_entry_target_idx on bank_entry (target) where target <> '';
create index bank_entry_suspense_idx on bank_entry (booked_on) where disposition = 'suspense';

-- What a report on the state of orders says, kept whole: a person may have to look at it again.
create table bank_report (
    digest   uuid primary key,
    original text not null,
    said     jsonb not null,
    taken_at timestamptz not null
);

alter table ledger_entry drop constraint ledger_cause_known;
alter table ledger_entry add constraint ledger_cause_known
    check (cause_kind in ('claim', 'transfer', 'cancellation', 'reject', 'bank-opening', 'bank-entry', 'disposition'));
