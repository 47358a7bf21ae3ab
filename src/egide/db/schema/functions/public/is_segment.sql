-- Whether a segment is of somebody or something: containing a name that nothing has would protect nobody.
create or replace function public.is_segment(p_kind text, p_value text) returns boolean
language sql stable security definer
set search_path = public, pg_temp
as $$
    select case p_kind
               when 'establishment' then exists (select from establishment e where e.establishment_id::text = p_value)
               when 'key' then exists (select from caller_key k where k.thumbprint = p_value)
               when 'vendor' then exists (select from software s where s.vendor = p_value)
               when 'build' then exists (select from software s
                   where s.vendor || ' ' || s.product || ' ' || s.version = p_value)
               when 'concentrator' then exists (select from caller_key k where k.concentrator = p_value)
               when 'amc' then exists (select from insurer i where i.insurer_id::text = p_value)
               when 'flow' then p_value in ('rights', 'claim', 'preauth', 'payments', 'portal')
               when 'profession' then exists (select from establishment e where e.profession = p_value)
               when 'department' then exists (select from establishment e where e.department = p_value)
               when 'method' then p_value in ('dpop', 'mtls')
               when 'person' then exists (select from account a where a.account_id::text = p_value
                   and a.closed_at is null)
               else false
           end
$$;

revoke all on function public.is_segment(text, text) from public;
grant execute on function public.is_segment(text, text) to egide_portal;
