-- A person says that it was not there: no claim justifies what that establishment asked of it. False if it was told
-- nothing.
create or replace function public.object_access(p_session uuid, p_establishment uuid) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_person uuid;
begin
    perform gate.read_committed();
    select k.person_id into v_person
      from session_account(p_session, 'insured') k;
    if v_person is null or not exists (select from gate.entry e
                                        where e.establishment_id = p_establishment and e.person_id = v_person
                                          and e.outcome = 'shown') then
        return false;
    end if;
    insert into gate.objection (establishment_id, person_id, at) values (p_establishment, v_person, gate.instant())
        on conflict do nothing;
    return true;
end $$;

revoke all on function public.object_access(uuid, uuid) from public;
grant execute on function public.object_access(uuid, uuid) to egide_portal;
