-- What an account that is closed had asked or approved is stopped with it.
create or replace function public.account_closed() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    update establishment_change
       set cancelled_by = new.account_id
     where new.account_id in (asked_by, approved_by, subject) and cancelled_at is null and applied_at is null;
    delete from ceremony where account_id = new.account_id;
    return null;
end $$;

revoke all on function public.account_closed() from public;

create or replace trigger account_closed
    after update of closed_at on public.account
    for each row when (((old.closed_at is null) and (new.closed_at is not null))) execute function account_closed();
