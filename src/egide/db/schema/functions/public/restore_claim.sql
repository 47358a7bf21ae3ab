-- Undo a cancellation that no process of ours asked for: the claim is due, or settled, and has used what it had, as it
-- was. Claims that stand in its way and that none of ours decided (p_false) are cancelled first. Returns what came of
-- it: 'restored'; 'replaced' where another claim of the same care is left, and it stays cancelled; 'held' where
-- somebody holds it at this instant: the next time.
create or replace function public.restore_claim(p_claim uuid, p_false uuid[]) returns text
language plpgsql security definer
set search_path = public, pg_temp
set lock_timeout = '500ms'
as $$
declare
    c record;
begin
    select x.establishment_id, x.insurer_id, x.was, x.amount_cents, x.used, x.preauth_id, x.preauth_lines, k.care_hash
      into c
      from claim_cancellation x
      join claim k using (establishment_id, claim_id)
     where x.claim_id = p_claim and x.checked_at is null
       for update;
    if not found then
        return 'replaced';
    end if;
    perform cancel_claim(c.establishment_id, f, null, '') from unnest(p_false) f;
    perform check_cancellations(p_false);
    if exists (select from claim k
                where k.establishment_id = c.establishment_id and k.care_hash = c.care_hash
                  and k.state not in ('rejected', 'cancelled', 'reversed')) then
        return 'replaced';
    end if;
    delete from claim_cancellation where claim_id = p_claim and establishment_id = c.establishment_id;
    update claim set state = c.was where claim_id = p_claim and establishment_id = c.establishment_id;
    insert into consumption
    select u.* from jsonb_populate_recordset(null::consumption, coalesce(c.used, '[]')) u
        on conflict do nothing;
    begin
        perform mark_preauth(c.establishment_id, c.preauth_id, c.preauth_lines, null, p_claim)
          where c.preauth_id is not null;
    exception when check_violation then
        null;  -- another claim has used it meanwhile
    end;
    if c.amount_cents > 0 then
        insert into ledger_entry (cause_kind, cause_id, part, debit, credit, amount_cents, booked_at)
        select 'cancellation', p_claim::text, max(l.part) + 1, 'amc:' || c.insurer_id || ':due',
               'establishment:' || c.establishment_id || case c.was when 'settled' then ':undue' else ':payable' end,
               c.amount_cents, clock_timestamp()
          from ledger_entry l
         where l.cause_kind = 'cancellation' and l.cause_id = p_claim::text;
    end if;
    return 'restored';
exception when lock_not_available then
    return 'held';
end $$;

revoke all on function public.restore_claim(uuid, uuid[]) from public;
grant execute on function public.restore_claim(uuid, uuid[]) to egide_payer;
