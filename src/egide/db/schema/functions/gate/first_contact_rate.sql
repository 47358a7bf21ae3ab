-- How many unmet persons an establishment may type in 24 hours, and three times as many in thirty days, until they are
-- justified: twice what it had justified on its third busiest day, six at least. Null while it has met fewer than
-- forty persons for ten days: there is nothing to judge it by. Two days that somebody staged change nothing.
create or replace function gate.first_contact_rate(p_establishment uuid) returns integer
language sql stable
as $$
    select case when (select count(*)
                        from (select from gate.relation r
                               where r.establishment_id = p_establishment
                                   and r.opened_at <= gate.instant() - interval '10 days'
                               limit 40) met) = 40
                then greatest(6, 2 * coalesce((select count(*)
                                                 from gate.justified e
                                                where e.establishment_id = p_establishment and e.unmet
                                                  and e.period > gate.period(gate.instant()) - 6
                                                group by e.asked_on
                                                order by 1 desc
                                               offset 2 limit 1), 0))::integer
           end
$$;

alter function gate.first_contact_rate(uuid) owner to egide_gate;
revoke all on function gate.first_contact_rate(uuid) from public;
