-- What the person of a session, whose space is open, and its contract, have used of counters, and what prises en
-- charge hold of them.
create or replace function public.own_uses(p_session uuid)
returns table (counter text, care_on date, units integer, cents bigint)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select u.counter, u.care_on, u.units, u.amount_cents
      from gate.person p
      join consumption u on u.person_id in (p.person_id, p.contract_id)
     where p.person_id = whose_space(p_session)
$$;

revoke all on function public.own_uses(uuid) from public;
grant execute on function public.own_uses(uuid) to egide_portal;
