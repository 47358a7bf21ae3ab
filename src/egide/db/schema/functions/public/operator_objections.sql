-- The establishments of which persons said in thirty days that they were not there, most persons first, to the session
-- of an operator or an auditor: how many, and nobody by a number.
create or replace function public.operator_objections(p_session uuid)
returns table (
    establishment_id uuid,
    finess           text,
    name             text,
    profession       text,
    department       text,
    persons          bigint,
    last_at          timestamptz,
    is_contained     boolean
)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select e.establishment_id, e.finess, e.name, e.profession, e.department, count(distinct o.person_id), max(o.at),
           exists (select from gate.segment g
                    where g.kind = 'establishment' and g.value = e.establishment_id::text
                      and g.until > clock_timestamp())
      from session_account(p_session, 'operator', 'auditor') k
     cross join gate.objection o
      join establishment e on e.establishment_id = o.establishment_id
     where o.at > clock_timestamp() - interval '30 days'
     group by e.establishment_id, e.finess, e.name, e.profession, e.department
     order by 6 desc, 7 desc
     limit 100
$$;

revoke all on function public.operator_objections(uuid) from public;
grant execute on function public.operator_objections(uuid) to egide_portal;
