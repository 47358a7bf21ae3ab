-- Say which claim uses lines of a prise en charge, or (null) that none does any more: what they hold is held again
-- while its days last. Its state follows from its lines.
create or replace function public.mark_preauth(
    p_establishment uuid,
    p_preauth uuid,
    p_lines smallint[],
    p_was uuid,
    p_claim uuid
) returns void
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_revision smallint;
    v_marked   bigint;
begin
    select p.revision into v_revision
      from preauth p
     where p.establishment_id = p_establishment and p.preauth_id = p_preauth
       and p.state in ('granted', 'partly-granted', 'used-part', 'used')
       for update;
    update preauth_line l
       set used_by = p_claim
     where l.establishment_id = p_establishment and l.preauth_id = p_preauth and l.revision = v_revision
       and l.line = any (p_lines) and l.control is null and l.used_by is not distinct from p_was;
    get diagnostics v_marked = row_count;
    if v_marked <> cardinality(p_lines) then
        raise exception 'these lines are not to be used' using errcode = 'check_violation';
    end if;
    -- Its seat may be another's meanwhile: what is held again takes the first that is free.
    update reservation r
       set used_by = p_claim,
           seat = case when p_claim is not null then r.seat else (
               select min(s)
                 from generate_series(0, 999) s
                where not exists (select from reservation o
                                   where o.person_id = r.person_id and o.counter = r.counter and o.seat = s
                                     and o.preauth_id <> r.preauth_id and o.used_by is null
                                     and o.during && r.during)) end
     where r.preauth_id = p_preauth and r.establishment_id = p_establishment and r.line = any (p_lines);
    update preauth p
       set state = case when s.used = 0 and s.lowered = 0 then 'granted'
                        when s.used = 0 then 'partly-granted'
                        when s.used = s.granted then 'used'
                        else 'used-part' end
      from (select count(*) filter (where l.control is null) as granted,
                   count(*) filter (where l.used_by is not null) as used,
                   count(*) filter (where l.control is not null or l.amc_cents < l.promised_cents) as lowered
              from preauth_line l
             where l.establishment_id = p_establishment and l.preauth_id = p_preauth
               and l.revision = v_revision) s
     where p.establishment_id = p_establishment and p.preauth_id = p_preauth and p.revision = v_revision;
end $$;

revoke all on function public.mark_preauth(uuid, uuid, smallint[], uuid, uuid) from public;
grant execute on function public.mark_preauth(uuid, uuid, smallint[], uuid, uuid) to egide_app;
