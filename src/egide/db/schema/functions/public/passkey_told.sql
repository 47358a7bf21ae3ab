-- A passkey more, and a browser never seen with this account, are told too.
create or replace function public.passkey_told() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    perform tell_establishment(a.establishment_id, 'new', 'passkey', '', ''::bytea)
       from account a where a.account_id = new.account_id and a.establishment_id is not null;
    return null;
end $$;

revoke all on function public.passkey_told() from public;

create or replace trigger passkey_told
    after insert on public.passkey
    for each row execute function passkey_told();
