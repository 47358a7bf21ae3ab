-- What a batch was answered, once its entries are committed and for a minute: 'not-shown' whatever the reason, and of
-- whom is shown the cover and the establishment's own alias, but to who brings an engagement alone. A claim and a prise
-- en charge also learn the year of birth and the contract, which some prices hang on, and by which other pseudonyms the
-- same person is insured (its number, birth date and rank are theirs), so that no act is paid twice. An entry of one's
-- own open transaction tells nothing: it could still be undone.
create or replace function gate.told(p_establishment uuid[], p_entry uuid[])
returns table (
    ordinal     bigint,
    outcome     text,
    person_id   uuid,
    insurer_id  uuid,
    plan_code   text,
    start_on    date,
    end_on      date,
    birth_year  smallint,
    alias       uuid,
    contract_id uuid,
    elsewhere   uuid[]
)
language sql stable
security definer
set search_path = gate, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
as $$
    select t.ord,
           case when e.outcome in ('shown', 'replayed') then e.outcome else 'not-shown' end,
           e.person_id, e.insurer_id, e.plan_code, e.start_on, e.end_on, p.birth_year, r.alias, p.contract_id,
           o.persons
      from unnest(p_establishment, p_entry) with ordinality as t (establishment, entry, ord)
      join gate.entry e on e.establishment_id = t.establishment and e.entry_id = t.entry
      left join gate.person p on e.purpose in ('claim', 'preauth', 'quote') and p.person_id = e.person_id
      left join gate.relation r on e.basis <> 'E' and r.establishment_id = e.establishment_id
       and r.person_id = e.person_id
      left join lateral (select array_agg(distinct c.person_id) as persons
                           from unnest(p.addresses) a
                           join gate.cover c on c.address = a and c.person_id <> p.person_id) o on true
     where e.at > gate.instant() - interval '1 minute'
       and e.purpose in ('rights', 'claim', 'preauth', 'quote')
       and e.xid is distinct from pg_current_xact_id_if_assigned()
     order by t.ord
$$;

alter function gate.told(uuid[], uuid[]) owner to egide_gate;
revoke all on function gate.told(uuid[], uuid[]) from public;
grant execute on function gate.told(uuid[], uuid[]) to egide_app;
