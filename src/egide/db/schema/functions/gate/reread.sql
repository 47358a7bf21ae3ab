-- Write that an establishment reads again what it was shown: one entry for each answer, under p_read, in its order.
-- Nothing is told here; who is shown what was not its own is not written either. p_is_bounded: of what it was shown
-- more than a day ago, at most 100 persons in 24 hours and 300 in 30 days; beyond, nothing is written: false. What pays
-- it (a remittance, under a number that nobody guesses) is read without a bound.
create or replace function gate.reread(
    p_establishment uuid,
    p_entry         uuid[],
    p_read          uuid[],
    p_software      uuid,
    p_key           text,
    p_method        text,
    p_is_bounded    boolean
) returns boolean
language plpgsql security definer
set search_path = gate, pg_temp
as $$
declare
    v_now    constant timestamptz := gate.instant();
    v_person uuid[];
    u        record;
begin
    if p_is_bounded then
        perform gate.read_committed();
        v_person := array(select distinct e.person_id
                            from gate.entry e
                           where e.establishment_id = p_establishment and e.entry_id = any (p_entry)
                             and e.outcome = 'shown' and e.at < v_now - interval '24 hours');
    end if;
    if v_person <> '{}' then
        perform from gate.budget b where b.establishment_id = p_establishment for update;
        delete from gate.read_again r where r.establishment_id = p_establishment and r.at < v_now - interval '30 days';
        select count(*) filter (where r.at > v_now - interval '24 hours') as in_day, count(*) as in_month
          into u
          from gate.read_again r
         where r.establishment_id = p_establishment and r.at > v_now - interval '30 days'
           and r.person_id <> all (v_person);
        if u.in_day + cardinality(v_person) > 100 or u.in_month + cardinality(v_person) > 300 then
            return false;
        end if;
        insert into gate.read_again as r (establishment_id, person_id, at)
        select p_establishment, p, v_now from unnest(v_person) p order by p
            on conflict (establishment_id, person_id) do update set at = excluded.at;
    end if;
    insert into gate.entry (establishment_id, entry_id, at, software_id, purpose, basis, address, care_on, outcome,
                            person_id, insurer_id, plan_code, start_on, end_on, key, method)
    select e.establishment_id, t.read, v_now, p_software, 'reread', 'R', e.entry_id, e.care_on, 'shown',
           e.person_id, e.insurer_id, e.plan_code, e.start_on, e.end_on, p_key, p_method
      from unnest(p_entry, p_read) as t (entry, read)
      join gate.entry e on e.establishment_id = p_establishment and e.entry_id = t.entry
     where e.outcome = 'shown';
    return true;
end
$$;

alter function gate.reread(uuid, uuid[], uuid[], uuid, text, text, boolean) owner to egide_gate;
revoke all on function gate.reread(uuid, uuid[], uuid[], uuid, text, text, boolean) from public;
grant execute on function gate.reread(uuid, uuid[], uuid[], uuid, text, text, boolean) to egide_app, egide_portal;
