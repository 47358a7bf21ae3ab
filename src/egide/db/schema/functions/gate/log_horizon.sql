-- Below which transaction nothing can come into the access log any more. An import is one long transaction, of a login
-- that writes no entry: the tree does not wait for it. Where a transaction's owner is not known at this instant, it is
-- waited for.
create or replace function gate.log_horizon() returns xid8
language sql stable
set search_path = pg_catalog, pg_temp
as $$
    select coalesce(min(x.xid), pg_snapshot_xmax(pg_current_snapshot()))
      from pg_snapshot_xip(pg_current_snapshot()) as x (xid)
     where not exists (select
                         from pg_locks l
                         join pg_stat_activity a on a.pid = l.pid
                         join pg_roles r on r.oid = a.usesysid
                        where l.locktype = 'transactionid' and l.granted and l.mode = 'ExclusiveLock'
                          and l.transactionid::text::bigint = (x.xid::text::numeric % 4294967296)::bigint
                          and pg_has_role(r.oid, 'egide_loader', 'member')
                          and not r.rolsuper
                          and not pg_has_role(r.oid, 'egide_app', 'member'))
$$;

alter function gate.log_horizon() owner to egide_gate;
revoke all on function gate.log_horizon() from public;
grant execute on function gate.log_horizon() to egide_logger;
