-- Note that an insurer accepted claims on persons: what that justifies, it justifies days later (gate.justify_claimed).
create or replace function gate.settle(p_establishment uuid[], p_person uuid[]) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    insert into gate.claimed (establishment_id, person_id, accepted_at)
    select w.establishment, w.person, gate.instant()
      from (select distinct establishment, person
              from unnest(p_establishment, p_person) as t (establishment, person)) w
     order by 1, 2
        on conflict (establishment_id, person_id) do update
       set accepted_at = excluded.accepted_at, justified_at = null
     where claimed.justified_at is not null
$$;

alter function gate.settle(uuid[], uuid[]) owner to egide_gate;
revoke all on function gate.settle(uuid[], uuid[]) from public;
