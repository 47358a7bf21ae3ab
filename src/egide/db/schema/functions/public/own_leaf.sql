-- The same to an insured person, of any answer given on it.
create or replace function public.own_leaf(p_session uuid, p_entry uuid)
returns table (index bigint, salt bytea, entry jsonb)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select l.index, l.salt, gate.entry_text(e)
      from session_account(p_session, 'insured') k
      join gate.entry e on e.person_id = k.person_id and e.entry_id = p_entry
      join gate.leaf l on l.establishment_id = e.establishment_id and l.entry_id = e.entry_id
     where l.salt is not null
$$;

revoke all on function public.own_leaf(uuid, uuid) from public;
grant execute on function public.own_leaf(uuid, uuid) to egide_portal;
