-- An application is decided while who applied still may: refused at once where its site was taken or its account
-- closed.
create or replace function public.decide_application(
    p_application uuid,
    p_establishment uuid,
    p_by uuid,
    p_accept boolean
)
returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at constant timestamptz := clock_timestamp();
    h    establishment_application;
    a    applicant;
    s    record;
begin
    select * into h
      from establishment_application x
     where x.application_id = p_application and x.decided_at is null
       for update;
    if not found then
        return false;
    end if;
    if p_by is not null and not exists (select from account k where k.account_id = p_by and k.role = 'operator'
        and k.closed_at is null) then
        return false;
    end if;
    -- What nobody decided is twenty a day at most: the rest waits for a person.
    if p_by is null and (not p_accept or 20 <= (select count(*) from establishment_application x
        where x.accepted and x.decided_by is null and x.decided_at > v_at - interval '24 hours')) then
        return false;
    end if;
    if p_accept and (not exists (select from convention_signature c where c.application_id = p_application)
                     or p_by is null
                        -- The register says of pharmacies (620) and laboratories (611, 612) what they are; of the
                        -- others it takes eyes to tell a practice from the hospital that it stands in.
                        and exists (select from applicant y cross join open_sites(y.sirets, y.finess) o
                                     where y.account_id = h.account_id and o.finess = h.finess and o.siret = h.siret
                                       and (h.payee <> 'match' or o.category not in ('611', '612', '620')))) then
        return false;
    end if;
    select x.* into a from applicant x join account k using (account_id)
     where x.account_id = h.account_id and k.closed_at is null and k.role = 'applicant';
    select * into s from open_sites(a.sirets, a.finess) o where o.finess = h.finess and o.siret = h.siret;
    if not p_accept or a.account_id is null or s.finess is null or exists (select from professional p
        where p.rpps = a.rpps) then
        update establishment_application set decided_by = p_by, decided_at = v_at, accepted = false, iban_sealed = '',
            contact_sealed = ''
         where application_id = p_application;
        return not p_accept;
    end if;
    perform make_establishment(p_establishment, h, a, s.name, s.department, site_profession(a.profession, s.category));
    update establishment_application
       set decided_by = p_by, decided_at = v_at, accepted = true, establishment_id = p_establishment,
           iban_sealed = '', contact_sealed = ''
     where application_id = p_application;
    update convention_signature set establishment_id = p_establishment where application_id = p_application;
    return true;
end $$;

revoke all on function public.decide_application(uuid, uuid, uuid, boolean) from public;
grant execute on function public.decide_application(uuid, uuid, uuid, boolean) to egide_portal;
