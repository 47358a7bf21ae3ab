-- The ledger is append-only.
create or replace function public.forbid_change() returns trigger
language plpgsql
as $$
begin
    raise exception 'the ledger is append-only';
end
$$;

revoke all on function public.forbid_change() from public;

create or replace trigger ledger_append_only
    before delete or update on public.ledger_entry
    for each row execute function forbid_change();
create or replace trigger ledger_never_emptied
    before truncate on public.ledger_entry
    for each statement execute function forbid_change();
