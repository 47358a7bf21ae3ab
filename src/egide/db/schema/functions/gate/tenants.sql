-- The insurers that an import is for.
create or replace function gate.tenants() returns uuid[]
language sql stable
set search_path = gate, pg_temp
as $$ select string_to_array(nullif(current_setting('egide.insurers', true), ''), ',')::uuid[] $$;

alter function gate.tenants() owner to egide_gate;
revoke all on function gate.tenants() from public;
grant execute on function gate.tenants() to egide_loader;
