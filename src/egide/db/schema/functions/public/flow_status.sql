-- How each flow stands now, and what changed in ninety days, the last first; why is not told.
create or replace function public.flow_status()
returns table (flow text, mode text, at timestamptz, until timestamptz, is_now boolean)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select g.value, g.mode, g.since, g.until, true
      from gate.segment g
     where g.kind = 'flow' and g.until > clock_timestamp()
     union all
    select c.value, c.mode, c.at, c.until, false
      from gate.segment_log c
     where c.kind = 'flow' and c.at > clock_timestamp() - interval '90 days'
     order by 5 desc, 3 desc
     limit 200
$$;

revoke all on function public.flow_status() from public;
grant execute on function public.flow_status() to egide_app, egide_portal;
