-- Whether an account may be on the portal: neither it nor the portal is contained. Operators and auditors stay, who
-- see it.
create or replace function public.is_admitted(p_account uuid, p_role text) returns boolean
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select not exists (select from gate.segment s
                        where s.until > clock_timestamp()
                          and (s.kind = 'person' and s.value = p_account::text
                               or s.kind = 'flow' and s.value = 'portal' and p_role not in ('operator', 'auditor')))
$$;

revoke all on function public.is_admitted(uuid, text) from public;
grant execute on function public.is_admitted(uuid, text) to egide_portal;
