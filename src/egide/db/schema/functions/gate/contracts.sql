-- The contract of whom each answer showed, for the counters that a family shares.
create or replace function gate.contracts(p_establishment uuid[], p_entry uuid[])
returns table (entry_id uuid, contract_id uuid)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select e.entry_id, p.contract_id
      from unnest(p_establishment, p_entry) as t (establishment_id, entry_id)
      join gate.entry e using (establishment_id, entry_id)
      join gate.person p on p.person_id = e.person_id
     where e.purpose = 'claim' and e.outcome = 'shown' and p.contract_id is not null
$$;

alter function gate.contracts(uuid[], uuid[]) owner to egide_gate;
revoke all on function gate.contracts(uuid[], uuid[]) from public;
grant execute on function gate.contracts(uuid[], uuid[]) to egide_app;
