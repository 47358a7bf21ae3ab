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

-- Nothing was paid of it, and what was held back of it was given back all the same: it is owed back for that.
alter table claim_cancellation add column is_given_back boolean not null default false;
-- What is given back may be all that a transfer pays.
alter table transfer drop constraint transfer_positive;
alter table transfer add constraint transfer_positive check (amount_cents > 0 and claims >= 0);

-- What a transfer holds back of claims cancelled after they were paid, also once it has come back; one at a time.
create table withholding (
    transfer_id      text not null,
    claim_id         uuid not null,
    establishment_id uuid not null,
    insurer_id       uuid not null,
    amount_cents     bigint not null,
    ended_at         timestamptz,
    primary key (transfer_id, claim_id),
    constraint withholding_positive check (amount_cents > 0)
);
create unique index withholding_one_under_way on withholding (claim_id) where ended_at is null;
insert into withholding (transfer_id, claim_id, establishment_id, insurer_id, amount_cents)
select transfer_id, claim_id, establishment_id, insurer_id, amount_cents
  from claim_cancellation where transfer_id is not null;

-- What was held back of a claim whose own payment came back since: it never was paid, and is given back once.
create table refund (
    claim_id         uuid not null,
    attempt          smallint not null,
    establishment_id uuid not null,
    amount_cents     bigint not null,
    transfer_id      text,
    ended_at         timestamptz,
    primary key (claim_id, attempt),
    constraint refund_positive check (amount_cents > 0 and attempt > 0)
);
create unique index refund_one_under_way on refund (claim_id) where ended_at is null;
create index refund_due_idx on refund (establishment_id) where transfer_id is null and ended_at is null;
create index refund_transfer_idx on refund (transfer_id) where transfer_id is not null;

-- Each claim is called from its insurer once, and given back to it once, whatever becomes of the transfers that try it.
create table claim_call (
    claim_id      uuid primary key,
    insurer_id    uuid not null,
    settlement_id text not null,
    amount_cents  bigint not null,
    credited_in   text
);
create index claim_call_settlement_idx on claim_call (settlement_id);
create index claim_call_credited_idx on claim_call (credited_in) where credited_in is not null;
insert into claim_call (claim_id, insurer_id, settlement_id, amount_cents, credited_in)
select a.claim_id, a.insurer_id, t.settlement_id, a.amount_cents, h.settlement_id
  from allocation a
  join transfer t using (transfer_id)
  left join (select w.claim_id, k.settlement_id
               from withholding w join transfer k using (transfer_id)) h on h.claim_id = a.claim_id
 where a.attempt = 1;

-- A claim that is tried again was called from its insurer the first time.
alter table funds_call add column reissued_cents bigint not null default 0;
alter table funds_call add constraint funds_call_reissued check (reissued_cents between 0 and amount_cents);

-- An account's statements, one after another: each opens where the one before closed.
create table bank_statement (
    account      text not null,
    place        integer not null,
    reference    text not null,
    digest       uuid not null,
    opened_cents bigint not null,
    closed_cents bigint not null,
    closed_on    date not null,
    entries      integer not null,
    taken_at     timestamptz not null,
    primary key (account, place),
    constraint bank_statement_once unique (account, reference, closed_on)  -- banks begin their numbers again
);
-- Each movement of a statement has one disposition, with the rule that made it and in which version.
create table bank_entry (
    account      text not null,
    place        integer not null,
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
    primary key (account, place, number),
    foreign key (account, place) references bank_statement,
    constraint bank_entry_moves check (amount_cents <> 0),
    constraint bank_entry_disposition_known
        check (disposition in ('booked', 'returned', 'called', 'charges', 'suspense', 'disposed'))
);
create index bank_entry_target_idx on bank_entry (target) where target <> '';
create index bank_entry_suspense_idx on bank_entry (booked_on) where disposition = 'suspense';

-- What a person says that a movement, a transfer or a settlement's file is: two who say the same have it done.
create table bank_said (
    subject  text not null,
    who      text not null,
    target   text not null,
    os_user  text not null,
    said_at  timestamptz not null,
    is_done  boolean not null default false,
    primary key (subject, who)
);

-- What a report on the state of orders says, kept whole: a person may have to look at it again.
create table bank_report (
    digest       uuid primary key,
    original     text not null,
    said         jsonb not null,
    contradicted text[] not null,
    taken_at     timestamptz not null
);

alter table ledger_entry drop constraint ledger_cause_known;
alter table ledger_entry add constraint ledger_cause_known
    check (cause_kind in ('claim', 'transfer', 'cancellation', 'reject', 'bank-opening', 'bank-entry', 'disposition'));
