-- The covers of the person of a session, whose space is open, that run, are to come, or ended in the last year.
create or replace function public.own_cover(p_session uuid)
returns table (
    insurer    text,
    amc_number text,
    plan_code  text,
    start_on   date,
    end_on     date,
    birth_year integer,
    held_until date
)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select distinct i.name, i.amc_number, c.plan_code, c.start_on, c.end_on, p.birth_year::integer,
           (select max(upper(r.during)) - 1
              from reservation r
             where r.person_id = p.person_id and r.used_by is null
               and r.during @> (clock_timestamp() at time zone 'Europe/Paris')::date)
      from gate.person p
      join gate.cover c on c.address = any (p.addresses) and c.person_id = p.person_id
      join insurer i on i.insurer_id = c.insurer_id
     where p.person_id = whose_space(p_session)
       and (c.end_on is null or c.end_on > (clock_timestamp() at time zone 'Europe/Paris')::date - 366)
     order by c.start_on desc
$$;

revoke all on function public.own_cover(uuid) from public;
grant execute on function public.own_cover(uuid) to egide_portal;
