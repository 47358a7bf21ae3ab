-- Whether one of two accounts let the other back in: it may hold its passkey.
create or replace function public.recovered_by_each_other(p_one uuid, p_other uuid) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select exists (select from establishment_change r
                    where r.kind = 'recovery' and r.applied_at is not null
                      and (r.subject = p_one and p_other in (r.asked_by, r.approved_by)
                           or r.subject = p_other and p_one in (r.asked_by, r.approved_by)))
$$;

revoke all on function public.recovered_by_each_other(uuid, uuid) from public;
grant execute on function public.recovered_by_each_other(uuid, uuid) to egide_portal;
