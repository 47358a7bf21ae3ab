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
    constraint ledger_kind_names_its_cause check
        ((kind = 'claim') = (claim_id is not null) and (kind = 'transfer') = (transfer_id is not null))
);
create unique index ledger_claim_booked_once on ledger_entry (claim_id) where kind = 'claim';
create unique index ledger_transfer_booked_once on ledger_entry (transfer_id) where kind = 'transfer';

create function forbid_change() returns trigger
language plpgsql
as $$
begin
    raise exception 'the ledger is append-only';
end
$$;
create trigger ledger_append_only
    before update or delete on ledger_entry
    for each row execute function forbid_change();
create trigger ledger_never_emptied
    before truncate on ledger_entry
    for each statement execute function forbid_change();

grant select, insert on ledger_entry to egide_app;
