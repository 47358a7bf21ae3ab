-- Stop what an account asked or approved and is not in force: it lost its power, or its passkeys were another's.
create or replace function public.stop_changes_of(p_account uuid) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    update establishment_change
       set cancelled_by = asked_by
     where p_account in (asked_by, approved_by) and cancelled_at is null and applied_at is null
$$;

revoke all on function public.stop_changes_of(uuid) from public;
