-- What a contract's persons share: credits and limits « par contrat ». A contract is known by a pseudonym, a keyed PRF of
-- its insurer's reference; persons imported before have none until their line changes.
alter table gate.person add column contract_id uuid;
alter table import_staged add column contract uuid;

-- The contracts of persons that an establishment's own claims have just been shown; of nobody else.
set role egide_gate;
create function gate.contracts(p_establishment uuid[], p_entry uuid[])
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
revoke all on function gate.contracts from public;
grant execute on function gate.contracts to egide_app;
reset role;
