-- The build that a key ran last, as its vendor vouched for: a software that says nothing of itself the next time is
-- held for that one, and contained with it.
create or replace function public.run_build(p_key text, p_software uuid) returns void
language sql security definer
set search_path = public, pg_temp
as $$
    update caller_key k
       set software_id = n.software_id
      from software n, software o
     where k.thumbprint = p_key and k.revoked_at is null and n.software_id = p_software
       and o.software_id = k.software_id and o.vendor = n.vendor and o.software_id <> n.software_id
$$;

revoke all on function public.run_build(text, uuid) from public;
grant execute on function public.run_build(text, uuid) to egide_app;
