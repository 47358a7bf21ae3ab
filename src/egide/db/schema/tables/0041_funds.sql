-- The money of insurers, each apart: how far the operator pays for one before it is paid, from a day on (null: without
-- bound), above what amount two of its people accept a call (null: never); the mandates by which it debits one; what it
-- debits by them; what a call takes of what was paid in before (below zero: what it gives back, which the next calls
-- take).
create table insurer_funding (
    insurer_id      uuid not null references insurer,
    from_on         date not null,
    credit_cents    bigint,
    two_above_cents bigint,
    primary key (insurer_id, from_on),
    constraint insurer_funding_credit_bound check (credit_cents between 0 and 100000000000),
    constraint insurer_funding_two_above_bound check (two_above_cents between 0 and 100000000000)
);

-- A B2B mandate waits until its debtor has registered it with its bank, which refuses it before.
create table insurer_mandate (
    mandate       text primary key,
    insurer_id    uuid not null references insurer,
    scheme        text not null,
    signed_on     date not null,
    holder        text not null,
    iban_sealed   bytea not null,
    iban_tail     text not null,
    registered_on date,
    stopped_on    date,
    stopped_why   text,
    constraint insurer_mandate_named check (mandate ~ '^[A-Za-z0-9+?:().,''-]{1,35}$'),
    constraint insurer_mandate_scheme_known check (scheme in ('B2B', 'CORE')),
    constraint insurer_mandate_stopped_why check ((stopped_on is null) = (stopped_why is null))
);
create index insurer_mandate_idx on insurer_mandate (insurer_id);

-- A debit keeps the account and the name that it is sent with: a file written again is the same. It is ahead where its
-- call had been paid by another way: what it pays in is its insurer's funds.
create table collection (
    collection_id text primary key,
    settlement_id text not null references settlement,
    insurer_id    uuid not null references insurer,
    mandate       text not null references insurer_mandate,
    scheme        text not null,
    holder        text not null,
    iban_sealed   bytea not null,
    amount_cents  bigint not null,
    due_on        date not null,
    state         text not null default 'ordered',
    booked_on     date,
    ended_on      date,
    reason        text,
    is_ahead      boolean not null default false,
    constraint collection_one_a_call unique (settlement_id, insurer_id),
    constraint collection_positive check (amount_cents > 0),
    constraint collection_state_known
        check (state in ('ordered', 'acknowledged', 'booked', 'rejected', 'returned')),
    constraint collection_booked_on_a_day check ((state in ('booked', 'returned')) = (booked_on is not null)),
    constraint collection_ended_on_a_day check ((state in ('rejected', 'returned')) = (ended_on is not null))
);
create index collection_mandate_idx on collection (mandate, state);

-- A call of more than its insurer's amount is accepted by two of its people: the first is noted.
alter table funds_call
    add column funds_cents bigint not null default 0,
    add column first_by    uuid references account (account_id),
    add column first_at    timestamptz,
    add constraint funds_call_first_by_somebody check ((first_by is null) = (first_at is null)),
    add constraint funds_call_two_are_two check (first_by <> accepted_by);
alter table settlement_order
    add column creditor       text,
    add column debits_sha256  bytea,
    add column by_two         boolean not null default false;
-- A settlement that two people release is written once two have: who they are, by the names that they gave.
create table settlement_release (
    settlement_id text not null references settlement,
    who           text not null,
    os_user       text not null,
    released_at   timestamptz not null,
    primary key (settlement_id, who)
);

alter table ledger_entry drop constraint ledger_cause_known;
alter table ledger_entry add constraint ledger_cause_known
    check (cause_kind in ('claim', 'transfer', 'cancellation', 'reject', 'bank-opening', 'bank-entry', 'disposition',
                          'call'));
-- What insurers have paid in, and what was taken back of it.
create index ledger_paid_in_idx on ledger_entry (credit)
    where cause_kind in ('bank-entry', 'disposition') and credit like 'amc:%';
create index ledger_taken_back_idx on ledger_entry (debit)
    where cause_kind in ('bank-entry', 'disposition') and debit like 'amc:%';
create index ledger_funds_in_idx on ledger_entry (credit) where credit like 'amc:%:funds';
create index ledger_funds_out_idx on ledger_entry (debit) where debit like 'amc:%:funds';

alter table bank_entry drop constraint bank_entry_disposition_known;
alter table bank_entry add constraint bank_entry_disposition_known
    check (disposition in ('booked', 'returned', 'called', 'uncalled', 'charges', 'suspense', 'disposed'));
