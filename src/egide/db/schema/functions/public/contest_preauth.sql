-- The person of a session never asked for a prise en charge: it is cancelled, what it held is given back, and what that
-- establishment invoices of the person justifies nothing (gate.objection). False where it is of nobody's, or used.
create or replace function public.contest_preauth(p_session uuid, p_establishment uuid, p_preauth uuid)
returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
begin
    update preauth p
       set state = 'cancelled', reason = 'contested'
      from session_account(p_session, 'insured') k
     where p.establishment_id = p_establishment and p.preauth_id = p_preauth and p.person_id = k.person_id
       and p.state in ('rated', 'pended-payer', 'pended-pieces', 'granted', 'partly-granted');
    if not found then
        return false;
    end if;
    delete from reservation r
     where r.preauth_id = p_preauth and r.establishment_id = p_establishment and r.used_by is null;
    perform object_access(p_session, p_establishment);
    return true;
end $$;

revoke all on function public.contest_preauth(uuid, uuid, uuid) from public;
grant execute on function public.contest_preauth(uuid, uuid, uuid) to egide_portal;
