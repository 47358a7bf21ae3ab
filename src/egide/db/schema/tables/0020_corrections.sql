-- An invoice is cancelled by who sent it, or replaced by another. Before a settlement it is due no more; after one,
-- what was paid of it is owed back, by entries of their own, and held back whole from a later transfer.
alter table claim drop constraint claim_state_known;
alter table claim add constraint claim_state_known
    check (state in ('rejected', 'payable', 'nothing-due', 'settled', 'cancelled', 'reversed'));
alter table claim drop constraint claim_payable_is_positive;
alter table claim add constraint claim_payable_is_positive
    check (case when state in ('payable', 'settled', 'reversed') then amc_cents > 0
                else state = 'cancelled' or amc_cents = 0 end);
drop index claim_same_care_once;
create unique index claim_same_care_once on claim (establishment_id, care_hash)
    where state not in ('rejected', 'cancelled', 'reversed');

create table claim_cancellation (
    establishment_id uuid not null,
    claim_id         uuid not null,
    person_id        uuid not null,
    insurer_id       uuid not null,
    was              text not null,
    amount_cents     bigint not null,
    cancelled_at     timestamptz not null,
    replaced_by      uuid,
    attested         bytea[] not null,
    used             jsonb,
    checked_at       timestamptz,
    transfer_id      text,
    primary key (establishment_id, claim_id),
    constraint cancellation_was_known check (was in ('payable', 'nothing-due', 'settled')),
    constraint cancellation_amount check ((was = 'nothing-due') = (amount_cents = 0) and amount_cents >= 0),
    constraint cancellation_holds_back_what_was_paid check (transfer_id is null or was = 'settled')
);
create index claim_cancellation_unchecked_idx on claim_cancellation (person_id) where checked_at is null;
create index claim_cancellation_owed_idx on claim_cancellation (establishment_id)
    where was = 'settled' and transfer_id is null;
create index claim_cancellation_transfer_idx on claim_cancellation (transfer_id) where transfer_id is not null;

create index consumption_claim_idx on consumption (claim_id);

-- No sum of amounts leaves what a number holds, whoever wrote them.
alter table claim add constraint claim_expense_bounded check (expense_cents <= 100000000000000) not valid;

alter table ledger_entry drop constraint ledger_cause_known;
alter table ledger_entry add constraint ledger_cause_known
    check (cause_kind in ('claim', 'transfer', 'cancellation'));

-- What an insurer is called for is what its claims cost; what it is given back is beside it, never netted unseen.
alter table funds_call add column returned_cents bigint not null default 0;
alter table funds_call drop constraint funds_call_positive;
alter table funds_call add constraint funds_call_positive
    check (amount_cents >= 0 and claims >= 0 and returned_cents >= 0 and amount_cents + returned_cents > 0);
