-- A session from a browser that the account was never seen in is marked, and told.
create or replace function public.session_of_new_device() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    new.is_new := exists (select from web_session s where s.account_id = new.account_id)
        and not exists (select from web_session s where s.account_id = new.account_id
            and s.thumbprint = new.thumbprint);
    if new.is_new then
        perform tell_establishment(a.establishment_id, 'new', 'device', '', ''::bytea)
           from account a where a.account_id = new.account_id and a.establishment_id is not null;
    end if;
    return new;
end $$;

revoke all on function public.session_of_new_device() from public;

create or replace trigger session_of_new_device
    before insert on public.web_session
    for each row execute function session_of_new_device();
