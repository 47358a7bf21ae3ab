-- What proves an answer: to the establishment that received it, under its number.
create or replace function gate.leaf_of(p_establishment uuid, p_entry uuid)
returns table (index bigint, salt bytea, entry jsonb)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select l.index, l.salt, gate.entry_text(e)
      from gate.leaf l
      join gate.entry e using (establishment_id, entry_id)
     where l.establishment_id = p_establishment and l.entry_id = p_entry and l.salt is not null
$$;

alter function gate.leaf_of(uuid, uuid) owner to egide_gate;
revoke all on function gate.leaf_of(uuid, uuid) from public;
grant execute on function gate.leaf_of(uuid, uuid) to egide_portal;
