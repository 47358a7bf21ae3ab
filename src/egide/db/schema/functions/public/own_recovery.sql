-- The subject of a recovery sees it and stops it, of whatever establishment: it is a session that still serves.
create or replace function public.own_recovery(p_session uuid, p_stop boolean)
returns table (change uuid, asked_at timestamptz, in_force_at timestamptz)
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_account uuid;
begin
    select s.account_id into v_account
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp();
    if p_stop then
        return query update establishment_change h set cancelled_by = v_account
                      where h.subject = v_account and h.kind = 'recovery' and h.cancelled_at is null
                          and h.applied_at is null
                     returning h.change_id, h.asked_at, h.approved_at + interval '72 hours';
    else
        return query select h.change_id, h.asked_at, h.approved_at + interval '72 hours'
                       from establishment_change h
                      where h.subject = v_account and h.kind = 'recovery' and h.cancelled_at is null
                          and h.applied_at is null;
    end if;
end $$;

revoke all on function public.own_recovery(uuid, boolean) from public;
grant execute on function public.own_recovery(uuid, boolean) to egide_portal;
