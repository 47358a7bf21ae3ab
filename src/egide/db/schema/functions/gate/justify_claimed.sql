-- Justify by claims that insurers accepted five days ago or more, where the person did not object meanwhile: at most as
-- many persons of an establishment as it proved by a card or a page in the last thirty days, and 300 (GATE, I6). A
-- counter that works shows cards; who made up its claims has none. Cost: the entries of thirty days of the
-- establishments that have any due, a hundred of them at once.
create or replace function gate.justify_claimed() returns void
language plpgsql security definer
set search_path = gate, pg_temp
as $$
declare
    v_now     constant timestamptz := gate.instant();
    v_persons uuid[];
    e         record;
begin
    for e in
        select c.establishment_id,
               least(300, (select count(distinct n.person_id)
                             from gate.entry n
                            where n.establishment_id = c.establishment_id and n.basis in ('P', 'A')
                              and n.outcome = 'shown' and n.at > v_now - interval '30 days'))
                   - (select count(*)
                        from gate.claimed j
                       where j.establishment_id = c.establishment_id
                         and j.justified_at > v_now - interval '30 days') as allowed
          from (select distinct establishment_id
                  from gate.claimed
                 where justified_at is null and accepted_at <= v_now - interval '5 days'
                 order by 1
                 limit 100) c
    loop
        continue when e.allowed <= 0;
        with due as (
            select c.person_id
              from gate.claimed c
             where c.establishment_id = e.establishment_id and c.justified_at is null
               and c.accepted_at <= v_now - interval '5 days'
               and not exists (select from gate.objection o
                                where o.establishment_id = c.establishment_id and o.person_id = c.person_id)
             order by c.accepted_at, c.person_id
             limit e.allowed
        ), done as (
            update gate.claimed c set justified_at = v_now from due d
             where c.establishment_id = e.establishment_id and c.person_id = d.person_id
            returning c.person_id
        )
        select array_agg(person_id) into v_persons from done;
        continue when v_persons is null;
        insert into gate.relation (establishment_id, person_id, alias, opened_at)
        select e.establishment_id, p, gen_random_uuid(), v_now from unnest(v_persons) p
         order by 2
            on conflict do nothing;
        perform gate.justify(array_fill(e.establishment_id, array[cardinality(v_persons)]), v_persons);
    end loop;
    delete from gate.claimed where accepted_at < v_now - interval '180 days';
end
$$;

alter function gate.justify_claimed() owner to egide_gate;
revoke all on function gate.justify_claimed() from public;
