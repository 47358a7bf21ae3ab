-- Forget the assertions that are too old to be accepted again: the counter's login deletes none itself, and so cannot
-- lock their table.
create or replace function public.forget_assertions(p_before timestamptz) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    delete from assertion_seen where expires_at < least(p_before, clock_timestamp())
$$;

revoke all on function public.forget_assertions(timestamptz) from public;
grant execute on function public.forget_assertions(timestamptz) to egide_app;
