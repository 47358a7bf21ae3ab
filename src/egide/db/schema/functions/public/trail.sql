-- What an auditor reads: who asked and approved what, under numbers of accounts; nobody's name, no person.
create or replace function public.trail(p_session uuid, p_before timestamptz)
returns table (at timestamptz, event text, about text, establishment uuid, by_account uuid)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select t.*
      from session_account(p_session, 'auditor') k
     cross join lateral (
           select c.asked_at, 'change-asked', c.kind, c.establishment_id, c.asked_by
               from establishment_change c
           union all
           select c.approved_at, 'change-approved', c.kind, c.establishment_id, c.approved_by
               from establishment_change c
           union all
           select c.cancelled_at, 'change-cancelled', c.kind, c.establishment_id, c.cancelled_by
               from establishment_change c
           union all
           select c.applied_at, 'change-applied', c.kind, c.establishment_id, null
               from establishment_change c
           union all
           select y.enrolled_at, 'key-enrolled', y.thumbprint, y.establishment_id, y.enrolled_by from caller_key y
           union all
           select y.revoked_at, 'key-revoked', y.thumbprint, y.establishment_id, y.revoked_by from caller_key y
           union all
           select o.asked_at, 'export-asked', o.settlement_id, o.insurer_id, o.asked_by from export_order o
           union all
           select o.approved_at, 'export-approved', o.settlement_id, o.insurer_id, o.approved_by from export_order o
           union all
           select e.at, 'support-view', e.address::text, null, e.account_id from gate.entry e
               where e.purpose = 'support'
           ) t (at, event, about, establishment, by_account)
     where t.at < p_before
     order by t.at desc
     fetch first 200 rows with ties
$$;

revoke all on function public.trail(uuid, timestamptz) from public;
grant execute on function public.trail(uuid, timestamptz) to egide_portal;
