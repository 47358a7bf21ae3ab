-- A page ends with all that happened at its last instant: the next one begins before it, and loses nothing.
create or replace function public.accesses_of(p_session uuid, p_before timestamptz)
returns table (at timestamptz, entry_id uuid, establishment_id uuid, name text, profession text, department text,
    purpose text,
               basis text, care_on date, is_in_tree boolean, is_owed boolean, objected_at timestamptz)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select e.at, e.entry_id, e.establishment_id,
           coalesce(h.name, i.name,
                    case e.purpose when 'own' then 'Vous-même' else 'Égide, assistance aux professionnels' end),
           coalesce(h.profession, case when e.purpose = 'own' then 'self' when i.name is null then 'operator'
                                       else 'insurer' end),
           coalesce(h.department, ''), e.purpose, e.basis, e.care_on,
           exists (select from gate.leaf l where l.establishment_id = e.establishment_id and l.entry_id = e.entry_id),
           exists (select from gate.unproved_query d where d.establishment_id = e.establishment_id
               and d.person_id = e.person_id and d.basis = 'U'),
           (select o.at from gate.objection o
             where o.establishment_id = e.establishment_id and o.person_id = e.person_id)
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null
      join gate.entry e on e.person_id = k.person_id
      left join establishment h on h.establishment_id = e.establishment_id
      left join insurer i on e.purpose = 'export' and i.insurer_id = e.insurer_id
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp() and e.at < p_before
     order by e.at desc
     fetch first 100 rows with ties
$$;

revoke all on function public.accesses_of(uuid, timestamptz) from public;
grant execute on function public.accesses_of(uuid, timestamptz) to egide_portal;
