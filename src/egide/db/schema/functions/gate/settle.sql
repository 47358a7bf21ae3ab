-- Relations before unproved queries, as a question takes them.
create or replace function gate.settle(p_establishment uuid[], p_person uuid[]) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    insert into gate.relation (establishment_id, person_id, alias, opened_at)
    select t.establishment, t.person, gen_random_uuid(), gate.instant()
      from (select distinct establishment, person from unnest(p_establishment, p_person) as u (establishment, person)) t
     order by 1, 2
        on conflict do nothing;
    select gate.justify(p_establishment, p_person)
$$;

alter function gate.settle(uuid[], uuid[]) owner to egide_gate;
revoke all on function gate.settle(uuid[], uuid[]) from public;
