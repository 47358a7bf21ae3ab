-- Count what an insurer that answers by itself said of a person as what the asker was shown: its no is a miss of a row
-- like every other (count_misses left it out), its yes ends the row.
create or replace function gate.count_word(p_establishment uuid, p_is_shown boolean) returns void
language plpgsql security definer
set search_path = gate, pg_temp
set lock_timeout = '500ms'
as $$
declare
    v_misses integer;
begin
    perform gate.read_committed();
    -- While an insurer is contained nothing is counted of anybody (gate.after).
    if exists (select from gate.segment s where s.kind = 'amc' and s.until > gate.instant()) then
        return;
    end if;
    if p_is_shown then
        update gate.budget set misses = 0 where establishment_id = p_establishment and misses <> 0;
        return;
    end if;
    update gate.budget
       set misses = case when misses >= 7 then 0 else misses + 1 end
     where establishment_id = p_establishment
    returning misses into v_misses;
    if v_misses = 0 then
        insert into gate.fact (fact_id, at, kind, establishment_id, detail)
        values (gen_random_uuid(), gate.instant(), 'streak', p_establishment, 'eight unknown persons in a row');
        perform gate.contain_by_fact(p_establishment, 'streak', gate.instant());
    end if;
end
$$;

alter function gate.count_word(uuid, boolean) owner to egide_gate;
revoke all on function gate.count_word(uuid, boolean) from public;
grant execute on function gate.count_word(uuid, boolean) to egide_app;
