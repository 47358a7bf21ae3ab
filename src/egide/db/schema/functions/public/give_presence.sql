-- The code that an insured person's own page gives for one establishment: sixty seconds, once. Null if the session
-- is not an insured person's, or the number no establishment's.
create or replace function public.give_presence(p_session uuid, p_finess text, p_address uuid) returns timestamptz
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_until constant timestamptz := gate.instant() + interval '60 seconds';
begin
    perform gate.read_committed();
    insert into gate.presence (address, establishment_id, person_id, expires_at)
    select gate.kept(p_address), h.establishment_id, k.person_id, v_until
      from session_account(p_session, 'insured') k
      join establishment h on h.finess = p_finess;
    return case when found then v_until end;
end $$;

revoke all on function public.give_presence(uuid, text, uuid) from public;
grant execute on function public.give_presence(uuid, text, uuid) to egide_portal;
