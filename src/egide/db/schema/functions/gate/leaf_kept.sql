-- A leaf never changes but by its salt, which erasure destroys; tiles only grow.
create or replace function gate.leaf_kept() returns trigger
language plpgsql
as $$
begin
    if tg_op = 'DELETE' or new.salt is not null or (new.index, new.establishment_id, new.entry_id, new.value)
                           is distinct from (old.index, old.establishment_id, old.entry_id, old.value) then
        raise exception 'the tree is append-only';
    end if;
    return new;
end $$;

alter function gate.leaf_kept() owner to egide_gate;
revoke all on function gate.leaf_kept() from public;

create or replace trigger leaf_kept
    before delete or update on gate.leaf
    for each row execute function gate.leaf_kept();
