-- Segments that typed, on one of these two days, four fifths of what their cap lets through: a crowd, whoever is in it.
create or replace function gate.crowded()
returns table (kind text, value text, day date, persons bigint, day_cap integer)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select u.kind, u.value, u.day, sum(u.persons), coalesce(c.day_cap, 1000)
      from gate.segment_use u
      left join gate.segment_cap c using (kind, value)
     where u.day >= (gate.instant() at time zone 'UTC')::date - 1
     group by u.kind, u.value, u.day, c.day_cap
    having sum(u.persons) * 5 >= coalesce(c.day_cap, 1000) * 4
     order by 4 desc, 1, 2, 3
$$;

alter function gate.crowded() owner to egide_gate;
revoke all on function gate.crowded() from public;
