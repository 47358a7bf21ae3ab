-- Cancel a claim for the establishment that sent it: what it had used of any counter is given back, its prise en charge
-- may be used again while it holds, it is due no more, and what was paid of it is owed back. Returns what it was; null
-- where nothing is there to cancel. Whoever pays checks that a process of ours asked for it (p_attested): who asks for
-- what another has ended, and nobody has checked yet, attests it beside that one.
create or replace function public.cancel_claim(
    p_establishment uuid,
    p_claim uuid,
    p_replaced_by uuid,
    p_attested bytea
) returns text
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    c       record;
    v_used  jsonb;
    v_pec   uuid;
    v_lines smallint[];
begin
    select k.state, k.insurer_id, k.person_id, k.amc_cents into c
      from claim k
     where k.establishment_id = p_establishment and k.claim_id = p_claim
       for update;
    if c.state in ('cancelled', 'reversed') then
        update claim_cancellation x
           set attested = x.attested || p_attested
         where x.establishment_id = p_establishment and x.claim_id = p_claim and x.checked_at is null
           and cardinality(x.attested) < 8;
        return null;
    elsif c.state is null or c.state = 'rejected' then
        return null;
    end if;
    update claim
       set state = case c.state when 'settled' then 'reversed' else 'cancelled' end
     where establishment_id = p_establishment and claim_id = p_claim;
    with gone as (delete from consumption u where u.claim_id = p_claim returning u.*)
    select jsonb_agg(to_jsonb(g)) into v_used from gone g;
    select l.preauth_id, array_agg(l.line) into v_pec, v_lines
      from preauth_line l
     where l.used_by = p_claim and l.establishment_id = p_establishment
     group by l.preauth_id;
    begin
        perform mark_preauth(p_establishment, v_pec, v_lines, p_claim, null) where v_pec is not null;
    exception when check_violation then
        null;  -- it is no more to be used
    end;
    insert into claim_cancellation (establishment_id, claim_id, person_id, insurer_id, was, amount_cents, cancelled_at,
                                    replaced_by, attested, used, preauth_id, preauth_lines)
    values (p_establishment, p_claim, c.person_id, c.insurer_id, c.state, c.amc_cents, clock_timestamp(), p_replaced_by,
            array[p_attested], v_used, v_pec, v_lines);
    if c.amc_cents > 0 then
        insert into ledger_entry (cause_kind, cause_id, part, debit, credit, amount_cents, booked_at)
        select 'cancellation', p_claim::text, coalesce(max(l.part) + 1, 0),
               'establishment:' || p_establishment || case c.state when 'settled' then ':undue' else ':payable' end,
               'amc:' || c.insurer_id || ':due', c.amc_cents, clock_timestamp()
          from ledger_entry l
         where l.cause_kind = 'cancellation' and l.cause_id = p_claim::text;
    end if;
    return c.state;
end $$;

revoke all on function public.cancel_claim(uuid, uuid, uuid, bytea) from public;
grant execute on function public.cancel_claim(uuid, uuid, uuid, bytea) to egide_app, egide_payer;
