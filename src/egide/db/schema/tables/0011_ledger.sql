-- A ledger that can receive a treasury: what caused an entry is a kind and an identifier, with as many entries as it
-- takes; an insurer and an establishment have an account for each thing that is owed or held; a debt may be tried by
-- several transfers, one at a time.
create table allocation (
    establishment_id uuid not null,
    claim_id         uuid not null,
    attempt          smallint not null default 1,
    transfer_id      text not null,
    insurer_id       uuid not null,
    amount_cents     bigint not null,
    ended_at         timestamptz,
    primary key (claim_id, attempt),
    constraint allocation_positive check (amount_cents > 0 and attempt > 0)
);
create unique index allocation_one_under_way on allocation (claim_id) where ended_at is null;
create index allocation_transfer_idx on allocation (transfer_id);
insert into allocation (establishment_id, claim_id, transfer_id, insurer_id, amount_cents)
select establishment_id, claim_id, transfer_id, insurer_id, amc_cents
  from claim
 where transfer_id is not null;

drop policy if exists exported on claim;
alter table claim drop column transfer_id;

-- What was booked stays booked: only its cause and its accounts are named anew.
alter table ledger_entry disable trigger user;
alter table ledger_entry
    add column cause_kind text,
    add column cause_id   text,
    add column part       smallint not null default 0;
update ledger_entry
   set cause_kind = kind,
       cause_id = coalesce(claim_id::text, transfer_id),
       debit = debit || case when debit like 'amc:%' then ':due'
                             when debit like 'establishment:%' then ':payable' else '' end,
       credit = case when credit = 'bank' then 'in-flight:out'
                     when credit like 'establishment:%' then credit || ':payable'
                     when credit like 'amc:%' then credit || ':due' else credit end;
alter table ledger_entry enable trigger user;
alter table ledger_entry
    drop column kind,
    drop column claim_id,
    drop column transfer_id,
    drop column establishment_id,
    drop column entry_id,
    alter column cause_kind set not null,
    alter column cause_id set not null,
    add primary key (cause_kind, cause_id, part),
    add constraint ledger_cause_known check (cause_kind in ('claim', 'transfer')),
    add constraint ledger_accounts_known check (
        debit || ' ' || credit ~ (
            '^((bank|bank-charges|in-flight:(in|out)|suspense|write-off'
            '|amc:[0-9a-f-]{36}:(due|funds|in-flight|fees|penalties|undue|suspense)'
            '|establishment:[0-9a-f-]{36}:(payable|held|undue|undue-contested))( |$)){2}$'));
create index ledger_credit_idx on ledger_entry (credit);
create index ledger_debit_idx on ledger_entry (debit);

-- What the laws found, each time they were checked.
create table law_check (
    checked_at timestamptz primary key,
    laws       integer not null,
    broken     jsonb not null
);
