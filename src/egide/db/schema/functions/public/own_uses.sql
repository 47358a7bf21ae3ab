-- What the person of a session, whose space is open, and its contract, have used of counters, and what prises en
-- charge hold of them.
create or replace function public.own_uses(p_session uuid)
returns table (counter text, care_on date, units integer, cents bigint)
language sql stable security definer
set search_path = public, pg_temp
as $$
    with holder as (
        select h.holder
          from web_session s
          join account k on k.account_id = s.account_id and k.closed_at is null and k.role = 'insured'
          join gate.own_space o on o.account_id = k.account_id
           and o.opened_at > clock_timestamp() - interval '1 hour'
           and o.xid is distinct from pg_current_xact_id_if_assigned()
          join gate.person p on p.person_id = k.person_id
         cross join lateral (values (p.person_id), (p.contract_id)) as h (holder)
         where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp()
           and h.holder is not null
    )
    select u.counter, u.care_on, u.units, u.amount_cents
      from holder
      join consumption u on u.person_id = holder.holder
$$;

revoke all on function public.own_uses(uuid) from public;
grant execute on function public.own_uses(uuid) to egide_portal;
