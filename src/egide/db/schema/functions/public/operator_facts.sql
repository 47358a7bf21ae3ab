-- What the gate noted of the last thirty days, the last first, to the session of an operator or an auditor: of
-- establishments, and of no insured person.
create or replace function public.operator_facts(p_session uuid)
returns table (
    fact_id          uuid,
    at               timestamptz,
    kind             text,
    establishment_id uuid,
    finess           text,
    name             text,
    profession       text,
    department       text,
    is_contained     boolean
)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select f.fact_id, f.at, f.kind, f.establishment_id, e.finess, e.name, e.profession, e.department,
           exists (select from gate.segment g
                    where g.kind = 'establishment' and g.value = f.establishment_id::text
                      and g.until > clock_timestamp())
      from session_account(p_session, 'operator', 'auditor') k
     cross join gate.fact f
      join establishment e on e.establishment_id = f.establishment_id
     where f.at > clock_timestamp() - interval '30 days'
     order by f.at desc
     limit 100
$$;

revoke all on function public.operator_facts(uuid) from public;
grant execute on function public.operator_facts(uuid) to egide_portal;
