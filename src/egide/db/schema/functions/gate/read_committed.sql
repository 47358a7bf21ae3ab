-- Who counts must see what others committed while it waited: a snapshot of before would count each of its own alone.
create or replace function gate.read_committed() returns void
language plpgsql
as $$
begin
    if current_setting('transaction_isolation') <> 'read committed' then
        raise exception 'what is counted is counted in read committed' using errcode = '25001';
    end if;
end
$$;

alter function gate.read_committed() owner to egide_gate;
revoke all on function gate.read_committed() from public;
