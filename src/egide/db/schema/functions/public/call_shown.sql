-- What a call for funds of the insurer of a session is made of, by establishment: what stands out first (persons never
-- billed there before, no card seen, one invoice over half), then the dearest; and how many there are in all. Nobody by
-- a number.
create or replace function public.call_shown(p_session uuid, p_settlement text)
returns table (
    finess        text,
    name          text,
    profession    text,
    department    text,
    claims        bigint,
    amount_cents  bigint,
    largest_cents bigint,
    persons       bigint,
    new_persons   bigint,
    without_card  bigint,
    again         bigint,
    stands_out    boolean,
    all_of_them   bigint,
    all_cents     bigint
)
language sql stable security definer
set search_path = public, pg_temp
as $$
    with called as (
        select c.establishment_id, c.claim_id, c.person_id, c.received_at, a.amount_cents,
               n.basis in ('P', 'A') as has_card, q.settlement_id <> p_settlement as is_again
          from session_account(p_session, 'insurer') k
          join transfer t on t.settlement_id = p_settlement
          join allocation a on a.transfer_id = t.transfer_id and a.insurer_id = k.insurer_id
          join claim c on c.claim_id = a.claim_id
          left join claim_call q on q.claim_id = c.claim_id
          left join gate.entry n on n.establishment_id = c.establishment_id and n.entry_id = c.entry_id
    )
    select e.finess, e.name, e.profession, e.department, m.claims, m.cents, m.largest, m.persons, m.new_persons,
           m.without_card, m.again, m.stands_out, count(*) over (), (sum(m.cents) over ())::bigint
      from (select a.*, a.persons >= 10 and 2 * a.new_persons > a.persons
                        or a.claims >= 10 and 2 * a.without_card > a.claims
                        or a.claims > 1 and a.cents >= 100000 and 2 * a.largest > a.cents as stands_out
              from (select d.establishment_id, count(*) as claims, sum(d.amount_cents)::bigint as cents,
                           max(d.amount_cents) as largest, count(distinct d.person_id) as persons,
                           count(distinct d.person_id) filter (
                               where not exists (select from claim o
                                                  where o.person_id = d.person_id
                                                    and o.establishment_id = d.establishment_id
                                                    and o.received_at < d.received_at - interval '1 day'
                                                    and o.state not in ('rejected', 'cancelled', 'reversed')))
                               as new_persons,
                           count(*) filter (where d.has_card is not true) as without_card,
                           count(*) filter (where d.is_again) as again
                      from called d
                     group by d.establishment_id) a) m
      join establishment e on e.establishment_id = m.establishment_id
     order by m.stands_out desc, m.cents desc, e.finess
     limit 500
$$;

revoke all on function public.call_shown(uuid, text) from public;
grant execute on function public.call_shown(uuid, text) to egide_portal;
