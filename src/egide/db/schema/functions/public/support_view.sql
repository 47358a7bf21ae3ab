-- Look at the invoice of an open ticket: at most 25 persons a day and an account, of whom one is counted once.
-- 'logged', and support_told shows it once that is committed; 'limit'; null for what may not be seen.
create or replace function public.support_view(p_session uuid, p_ticket uuid, p_entry uuid) returns text
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at      timestamptz;
    v_account uuid;
    c         claim;
    v_persons integer;
    v_known   boolean;
begin
    perform gate.read_committed();
    select s.account_id into v_account
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null and k.role = 'operator'
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp()
       for update of k;
    if not found then
        return null;
    end if;
    v_at := clock_timestamp();
    select c1.* into c
      from support_ticket t
      join claim c1 using (establishment_id, invoice)
     where t.ticket_id = p_ticket and t.closed_at is null and t.opened_at > v_at - interval '7 days';
    if not found then
        return null;
    end if;
    -- An operator's entries stand under its own account: they are no establishment's.
    select count(distinct e.person_id), coalesce(bool_or(e.person_id = c.person_id), false) into v_persons, v_known
      from gate.entry e
     where e.establishment_id = v_account and e.at > v_at - interval '24 hours';
    if v_persons >= 25 and not v_known then
        return 'limit';
    end if;
    insert into gate.entry (establishment_id, entry_id, at, account_id, purpose, basis, address, care_on, outcome,
        person_id,
                            insurer_id, plan_code, start_on, end_on)
    values (v_account, p_entry, v_at, v_account, 'support', 'T', p_ticket, c.received_at::date, 'shown', c.person_id,
            c.insurer_id, c.plan_code, c.received_at::date, null);
    return 'logged';
end $$;

revoke all on function public.support_view(uuid, uuid, uuid) from public;
grant execute on function public.support_view(uuid, uuid, uuid) to egide_portal;
