-- Since when the oldest answer waits to be in the tree, and the oldest signed checkpoint for a witness; null where
-- nothing waits. It tells nothing about anybody.
create or replace function gate.log_lag(out waiting_since timestamptz, out unseen_since timestamptz)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select (select e.at
              from gate.entry e
             where e.xid >= (select m.xid from gate.log_mark m)
               and not exists (select from gate.leaf l
                                where (l.establishment_id, l.entry_id) = (e.establishment_id, e.entry_id))
             order by e.xid
             limit 1),
           (select c.signed_at
              from gate.checkpoint c
             where c.size > coalesce((select max(k.size) from gate.checkpoint k
                                       where cardinality(k.cosignatures) > 0), -1)
             order by c.size
             limit 1)
$$;

alter function gate.log_lag() owner to egide_gate;
revoke all on function gate.log_lag() from public;
grant execute on function gate.log_lag() to egide_app;
