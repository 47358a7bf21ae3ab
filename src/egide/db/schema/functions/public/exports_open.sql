-- An export serves while both of its persons are there.
create or replace function public.exports_open() returns text[]
language sql stable security definer
set search_path = public, pg_temp
as $$
    select coalesce(array_agg(o.settlement_id), '{}')
      from web_session s
      join export_order o on o.asked_by = s.account_id
     where s.session_id = nullif(current_setting('egide.session', true), '')::uuid
       and o.insurer_id = insurer_of_session()
       and o.approved_at > clock_timestamp() - interval '24 hours'
       and may_export(o.approved_by, o.insurer_id)
$$;

revoke all on function public.exports_open() from public;
grant execute on function public.exports_open() to egide_insurer;
