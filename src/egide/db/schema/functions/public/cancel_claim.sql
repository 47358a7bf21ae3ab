-- Cancel a claim for the establishment that sent it: what it had used of any counter is given back, it is due no more,
-- and what was paid of it is owed back. It justifies nothing of what was typed. Returns what it was; null where nothing
-- is there to cancel. Whoever pays checks that a process of ours asked for it (p_attested).
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
    c record;
begin
    select k.state, k.insurer_id, k.person_id, k.amc_cents into c
      from claim k
     where k.establishment_id = p_establishment and k.claim_id = p_claim
       and k.state in ('payable', 'nothing-due', 'settled')
       for update;
    if not found then
        return null;
    end if;
    update claim
       set state = case c.state when 'settled' then 'reversed' else 'cancelled' end
     where establishment_id = p_establishment and claim_id = p_claim;
    delete from consumption u
     where u.claim_id = p_claim
       and u.person_id in (c.person_id, (select p.contract_id from gate.person p where p.person_id = c.person_id));
    insert into claim_cancellation (establishment_id, claim_id, insurer_id, was, amount_cents, cancelled_at,
                                    replaced_by, attested)
    values (p_establishment, p_claim, c.insurer_id, c.state, c.amc_cents, clock_timestamp(), p_replaced_by, p_attested);
    if c.amc_cents > 0 then
        insert into ledger_entry (cause_kind, cause_id, part, debit, credit, amount_cents, booked_at)
        select 'cancellation', p_claim::text, coalesce(max(l.part) + 1, 0),
               'establishment:' || p_establishment || case c.state when 'settled' then ':undue' else ':payable' end,
               'amc:' || c.insurer_id || ':due', c.amc_cents, clock_timestamp()
          from ledger_entry l
         where l.cause_kind = 'cancellation' and l.cause_id = p_claim::text;
    end if;
    if c.state = 'settled' then
        delete from gate.claimed g
         where g.establishment_id = p_establishment and g.person_id = c.person_id and g.justified_at is null;
    end if;
    return c.state;
end $$;

revoke all on function public.cancel_claim(uuid, uuid, uuid, bytea) from public;
grant execute on function public.cancel_claim(uuid, uuid, uuid, bytea) to egide_app;
