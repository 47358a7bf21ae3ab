-- The invoices sent for the person of a session, whose space is open, before an instant, the last first, with who sent
-- them. A page ends with all that came at its last instant.
create or replace function public.own_claims(p_session uuid, p_before timestamptz)
returns table (
    claim_id        uuid,
    name            text,
    profession      text,
    invoice         text,
    received_at     timestamptz,
    care_on         date,
    state           text,
    control         text,
    acts            text[],
    labels          text[],
    expense_cents   bigint,
    amo_cents       bigint,
    amc_cents       bigint,
    other_amc_cents bigint,
    patient_cents   bigint,
    paid_on         date
)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select c.claim_id, e.name, e.profession, c.invoice, c.received_at,
           coalesce(l.care_on, (c.received_at at time zone 'Europe/Paris')::date), c.state, c.control,
           coalesce(l.acts, '{}'), coalesce(l.labels, '{}'),
           c.expense_cents, c.amo_cents, c.amc_cents, c.other_amc_cents, c.patient_cents,
           (select t.booked_on
              from allocation a
              join transfer t using (transfer_id)
             where a.claim_id = c.claim_id and a.ended_at is null and t.state = 'booked')
      from claim c
      join establishment e on e.establishment_id = c.establishment_id
     cross join lateral (select min(x.care_on) as care_on, array_agg(x.act_code order by x.line) as acts,
                                array_agg(coalesce(n.label, '') order by x.line) as labels
                           from claim_line x
                           left join nomenclature_act n
                             on n.system = split_part(x.act_code, ':', 1) and n.code = split_part(x.act_code, ':', 2)
                          where x.establishment_id = c.establishment_id and x.claim_id = c.claim_id) l
     where c.person_id = whose_space(p_session) and c.received_at < p_before
     order by c.received_at desc
     fetch first 50 rows with ties
$$;

revoke all on function public.own_claims(uuid, timestamptz) from public;
grant execute on function public.own_claims(uuid, timestamptz) to egide_portal;
