-- Use a proof outside a question; false if it was used before.
create or replace function gate.use_proof(p_proof uuid) returns boolean
language plpgsql security definer
set search_path = gate, pg_temp
as $$
begin
    insert into gate.proof (proof_hash, seen_at) values (p_proof, gate.instant()) on conflict do nothing;
    return found;
end
$$;

alter function gate.use_proof(uuid) owner to egide_gate;
revoke all on function gate.use_proof(uuid) from public;
grant execute on function gate.use_proof(uuid) to egide_app, egide_portal;
