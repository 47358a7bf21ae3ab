-- Cancellations that whoever pays has checked stand: what was paid may be held back, and what an insurer had accepted
-- of a person justifies nothing any more at an establishment that has no settled claim of it left (GATE, I6).
create or replace function public.check_cancellations(p_claims uuid[]) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    update claim_cancellation
       set checked_at = clock_timestamp()
     where claim_id = any (p_claims) and checked_at is null;
    delete from gate.claimed g
     using claim_cancellation x
     where x.claim_id = any (p_claims) and x.was = 'settled'
       and g.establishment_id = x.establishment_id and g.person_id = x.person_id and g.justified_at is null
       and not exists (select from claim c
                        where c.establishment_id = x.establishment_id and c.person_id = x.person_id
                          and c.state = 'settled');
$$;

revoke all on function public.check_cancellations(uuid[]) from public;
grant execute on function public.check_cancellations(uuid[]) to egide_payer;
