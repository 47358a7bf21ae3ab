-- An address as it is stored: what is asked is its preimage, so that nobody who reads what is stored can ask with it.
create or replace function gate.kept(p_address uuid) returns uuid
language sql immutable strict
as $$ select encode(substr(sha256('\x6b65707400'::bytea || uuid_send(p_address)), 1, 16), 'hex')::uuid $$;

alter function gate.kept(uuid) owner to egide_gate;
revoke all on function gate.kept(uuid) from public;
