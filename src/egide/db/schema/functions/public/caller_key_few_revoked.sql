-- The portal takes a hundred keys away an hour at most, or one in fifty: who takes it over stops no country. Whoever
-- runs the installation is not held to it.
create or replace function public.caller_key_few_revoked() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if new.revoked_at is not null and old.revoked_at is null and new.revoked_by is not null
       and (select count(*) from caller_key k where k.revoked_by is not null
                and k.revoked_at > clock_timestamp() - interval '1 hour')
           >= greatest(100, (select count(*) / 50 from establishment)) then
        raise exception 'so many keys in an hour are no work of people' using errcode = 'check_violation';
    end if;
    return new;
end $$;

revoke all on function public.caller_key_few_revoked() from public;

create or replace trigger caller_key_few_revoked
    before update on public.caller_key
    for each row execute function caller_key_few_revoked();
