-- Say what is about to be asked without a proof: one row for each question that its establishment's budget leaves room
-- for, committed before gate.ask looks anything up. Rows that are left by questions never finished count like persons
-- asked, each address once, unless it was charged since; of one address eight an hour. Reads nothing of persons.
create or replace function gate.intend(
    p_establishment uuid[],
    p_entry         uuid[],
    p_software      uuid[],
    p_basis         text[],
    p_address       uuid[],
    p_key           text[],
    p_method        text[]
) returns void
language plpgsql security definer
set search_path = gate, pg_temp
set lock_timeout = '500ms'
as $$
declare
    v_now  constant timestamptz := gate.instant();
    b      gate.budget;
    q      record;
    u      record;
begin
    perform gate.read_committed();
    if cardinality(p_entry) > 64 then
        raise exception 'at most 64 questions a batch';
    end if;
    for q in
        select t.establishment, t.entry, t.software, t.basis, t.key, t.method,
               case t.basis when 'H' then t.address else gate.kept(t.address) end as address
          from unnest(p_establishment, p_entry, p_software, p_basis, p_address, p_key, p_method) with ordinality
               as t (establishment, entry, software, basis, address, key, method, ord)
         where t.basis in ('U', 'H')
         order by t.establishment, t.ord
    loop
        b := gate.adapted_budget(q.establishment, q.basis);
        continue when b.establishment_id is null;
        select count(distinct d.address) filter (where d.at > v_now - interval '24 hours') as in_day,
               count(distinct d.address) as in_month,
               coalesce(bool_or(d.address = q.address and d.is_charged), false) as is_charged,
               (select count(*) from gate.intent i
                 where i.establishment_id = q.establishment and i.basis = q.basis and i.address = q.address
                   and i.at > v_now - interval '1 hour') as same
          into u
          from (select c.address, c.asked_at as at, true as is_charged
                  from gate.unproved_query c
                 where c.establishment_id = q.establishment and c.basis = q.basis
                 union all
                select i.address, i.at, false
                  from gate.intent i
                 where i.establishment_id = q.establishment and i.basis = q.basis and i.address <> q.address) d
         where d.at > v_now - interval '30 days';
        continue when u.same >= 8;
        continue when not u.is_charged and (
            u.in_day >= case q.basis when 'U' then b.day_limit else b.relation_day_limit end
            or u.in_month >= case q.basis when 'U' then b.month_limit else b.relation_month_limit end);
        insert into gate.intent (establishment_id, entry_id, software_id, basis, address, key, method, at)
        values (q.establishment, q.entry, q.software, q.basis, q.address, coalesce(q.key, ''), coalesce(q.method, ''),
                v_now)
            on conflict do nothing;
    end loop;
end
$$;

alter function gate.intend(uuid[], uuid[], uuid[], text[], uuid[], text[], text[]) owner to egide_gate;
revoke all on function gate.intend(uuid[], uuid[], uuid[], text[], uuid[], text[], text[]) from public;
grant execute on function gate.intend(uuid[], uuid[], uuid[], text[], uuid[], text[], text[]) to egide_app;
