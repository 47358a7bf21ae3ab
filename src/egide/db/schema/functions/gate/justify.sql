-- Justify the unproved queries on persons at establishments. Never called with what the establishment says alone: a
-- card it scanned, the person's own word, a claim that its insurer settled. A row that is being charged at this
-- instant waits for its next proof.
create or replace function gate.justify(p_establishment uuid[], p_person uuid[]) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    with met as (
        select d.establishment_id, d.address
          from gate.unproved_query d
          join (select distinct establishment, person from unnest(p_establishment, p_person) as t (establishment,
              person)) w
            on d.establishment_id = w.establishment and d.person_id = w.person
         where d.basis = 'U'
           for update of d skip locked
    ), gone as (
        delete from gate.unproved_query d using met m
         where d.establishment_id = m.establishment_id and d.basis = 'U' and d.address = m.address
        returning d.establishment_id, gate.period(d.asked_at) as period, d.person_id, d.asked_at, d.unmet
    )
    insert into gate.justified (establishment_id, period, person_id, unmet, asked_on)
    select distinct on (establishment_id, period, person_id)
           establishment_id, period, person_id, unmet, (asked_at at time zone 'UTC')::date
      from gone
     order by establishment_id, period, person_id, asked_at, unmet
        on conflict do nothing
$$;

alter function gate.justify(uuid[], uuid[]) owner to egide_gate;
revoke all on function gate.justify(uuid[], uuid[]) from public;
