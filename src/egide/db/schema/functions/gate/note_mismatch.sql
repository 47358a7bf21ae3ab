-- A call whose proof was signed by another key than its token's: told, at most once a minute an establishment; the call
-- itself is refused.
create or replace function gate.note_mismatch(p_establishment uuid, p_software uuid, p_key text) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    insert into gate.fact (fact_id, at, kind, establishment_id, software_id, key)
    select gen_random_uuid(), gate.instant(), 'key-mismatch', p_establishment, p_software, p_key
     where not exists (select from gate.fact f where f.at > gate.instant() - interval '1 minute'
                          and f.establishment_id = p_establishment and f.kind = 'key-mismatch')
$$;

alter function gate.note_mismatch(uuid, uuid, text) owner to egide_gate;
revoke all on function gate.note_mismatch(uuid, uuid, text) from public;
grant execute on function gate.note_mismatch(uuid, uuid, text) to egide_app, egide_portal;
