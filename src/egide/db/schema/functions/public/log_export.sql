-- Write that the staff of an insurer's session let out claims of its persons: one entry a claim, under its account.
create or replace function public.log_export(p_claim uuid[], p_entry uuid[]) returns void
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
    insert into gate.entry (establishment_id, entry_id, at, account_id, purpose, basis, address, care_on, outcome,
                            person_id, insurer_id, plan_code, start_on, end_on)
    select k.account_id, t.entry, clock_timestamp(), k.account_id, 'export', 'O', c.claim_id, c.received_at::date,
           'shown', c.person_id, c.insurer_id, c.plan_code, c.received_at::date, null
      from unnest(p_claim, p_entry) as t (claim, entry)
      join claim c on c.claim_id = t.claim
      join web_session s on s.session_id = nullif(current_setting('egide.session', true), '')::uuid
       and s.closed_at is null and s.ends_at > clock_timestamp()
      join account k on k.account_id = s.account_id and k.closed_at is null and k.insurer_id = c.insurer_id;
end $$;

revoke all on function public.log_export(uuid[], uuid[]) from public;
grant execute on function public.log_export(uuid[], uuid[]) to egide_insurer;
