-- A person says that it was there: what the establishment typed of it is justified. False if it was not asked of.
create or replace function public.confirm_presence(p_session uuid, p_establishment uuid) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_person uuid;
    v_at     constant timestamptz := clock_timestamp();
begin
    perform gate.read_committed();
    select k.person_id into v_person
      from session_account(p_session, 'insured') k;
    if v_person is null or not exists (select from gate.unproved_query d where d.establishment_id = p_establishment
        and d.person_id = v_person) then
        return false;
    end if;
    -- Three a day and thirty in thirty days: who plays persons (a taken server) buys no more than that.
    perform pg_advisory_xact_lock(hashtextextended('confirmed ' || p_establishment::text, 0));
    if (select count(*) from gate.confirmation c where c.establishment_id = p_establishment
        and c.at > v_at - interval '24 hours') >= 3
       or (select count(*) from gate.confirmation c where c.establishment_id = p_establishment
           and c.at > v_at - interval '30 days') >= 30 then
        return false;
    end if;
    insert into gate.confirmation (establishment_id, person_id, at) values (p_establishment, v_person, v_at);
    perform gate.justify(array[p_establishment], array[v_person]);
    return true;
end $$;

revoke all on function public.confirm_presence(uuid, uuid) from public;
grant execute on function public.confirm_presence(uuid, uuid) to egide_portal;
