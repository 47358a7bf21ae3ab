-- The caps of segments from their size: five typed persons a day for each establishment, a thousand at least.
create or replace function gate.size_segments() returns void
language sql security definer
set search_path = gate, public, pg_temp
as $$
    insert into gate.segment_cap (kind, value, day_cap)
    select kind, value, greatest(1000, 5 * count(*))::integer
      from (select 'profession' as kind, profession as value from public.establishment
            union all
            select 'department', department from public.establishment
            union all
            select 'vendor', w.vendor
              from (select distinct k.establishment_id, s.vendor
                      from public.caller_key k join public.software s using (software_id)
                     where k.revoked_at is null) w) t
     group by kind, value
     order by kind, value
        on conflict (kind, value) do update set day_cap = excluded.day_cap where segment_cap.day_cap < excluded.day_cap
$$;

alter function gate.size_segments() owner to egide_gate;
revoke all on function gate.size_segments() from public;
