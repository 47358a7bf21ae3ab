-- A tile only grows: what it holds of hashes stays, in its place.
create or replace function gate.tile_grows() returns trigger
language plpgsql
as $$
begin
    if tg_op = 'DELETE' or (new.level, new.number) <> (old.level, old.number)
       or substring(new.hashes for octet_length(old.hashes)) <> old.hashes then
        raise exception 'the tree is append-only';
    end if;
    return new;
end $$;

alter function gate.tile_grows() owner to egide_gate;
revoke all on function gate.tile_grows() from public;

create or replace trigger tile_grows
    before delete or update on gate.tile
    for each row execute function gate.tile_grows();
