-- Of typed persons who are new (by position, one row for each of their segments), those beyond the cap of one of
-- them; the others are counted. Below half of a cap nobody waits; above, one batch is counted after another.
create or replace function gate.beyond_caps(
    p_ord bigint[],
    p_kind text[],
    p_value text[],
    p_shard integer[],
    p_day date
)
returns bigint[]
language plpgsql
as $$
declare
    v_beyond bigint[];
    s        record;
begin
    for s in
        select n.kind, n.value
          from (select t.kind, t.value, count(*) as persons from unnest(p_kind, p_value) as t (kind,
              value) group by 1, 2) n
          left join gate.segment_cap c using (kind, value)
         where n.persons + (select coalesce(sum(u.persons), 0) from gate.segment_use u
                             where u.kind = n.kind and u.value = n.value and u.day = p_day) > coalesce(c.day_cap,
                                 1000) / 2
         order by 1, 2
    loop
        perform pg_advisory_xact_lock(hashtextextended('egide segment ' || s.kind || ' ' || s.value, 0));
    end loop;
    with new as (
        select * from unnest(p_ord, p_kind, p_value) as t (ord, kind, value)
    ), ranked as (
        select n.ord,
               row_number() over (partition by n.kind, n.value order by n.ord)
                   + (select coalesce(sum(u.persons), 0) from gate.segment_use u
                       where u.kind = n.kind and u.value = n.value and u.day = p_day) > coalesce(c.day_cap,
                           1000) as beyond
          from new n
          left join gate.segment_cap c using (kind, value)
    )
    select array_agg(distinct ord) into v_beyond from ranked where beyond;
    insert into gate.segment_use as u (kind, value, day, shard, persons)
    select t.kind, t.value, p_day, t.shard, count(*)
      from unnest(p_ord, p_kind, p_value, p_shard) as t (ord, kind, value, shard)
     where v_beyond is null or not t.ord = any (v_beyond)
     group by 1, 2, 4
     order by 1, 2, 4
        on conflict (kind, value, day, shard) do update set persons = u.persons + excluded.persons;
    return v_beyond;
end $$;

alter function gate.beyond_caps(bigint[], text[], text[], integer[], date) owner to egide_gate;
revoke all on function gate.beyond_caps(bigint[], text[], text[], integer[], date) from public;
