-- The covers that a question may be about: of its address, by the insurer it names, of the person it means, or of an
-- engagement, renewed for thirty days by asking the cover again, never by itself nor by being read. A prise en charge
-- that stands is one of two hundred days, for the invoice that uses it and for its own extension, which is none.
-- One select, so that it is planned where it is called.
create or replace function gate.covers(
    p_establishment uuid,
    p_purpose text,
    p_basis text,
    p_address uuid,
    p_care_on date,
    p_meant uuid,
    p_amc text
) returns table (
    person_id  uuid,
    insurer_id uuid,
    plan_code  text,
    start_on   date,
    end_on     date,
    on_day     boolean,
    is_revoked boolean
)
language sql stable
as $$
    select c.person_id, c.insurer_id, c.plan_code, c.start_on, c.end_on,
           c.start_on <= p_care_on and (c.end_on is null or p_care_on < c.end_on),
           exists (select from gate.card_revoked r where r.address = c.address)
      from gate.cover c
     where c.address = p_address and c.basis = p_basis
       and (p_amc is null or c.insurer_id = public.insurer_numbered(p_amc))
     union all
    select distinct c.person_id, c.insurer_id, c.plan_code, c.start_on, c.end_on,
           c.start_on <= p_care_on and (c.end_on is null or p_care_on < c.end_on),
           false
      from gate.person p
      join gate.cover c on c.address = any (p.addresses) and c.person_id = p.person_id
     where p_meant is not null and p.person_id = p_meant
     union all
    select e.person_id, e.insurer_id, e.plan_code, e.start_on, e.end_on,
           e.start_on <= p_care_on and (e.end_on is null or p_care_on < e.end_on)
               and (e.basis in ('P', 'A', 'U', 'H') and p_care_on between e.care_on and e.care_on + 30
                    or k.stands and p_care_on between k.asked_on and k.asked_on + 200),
           false
      from gate.entry e
     cross join lateral (select e.purpose = 'preauth' and p_purpose in ('claim', 'preauth')
                                and exists (select from public.preauth p
                                             where p.establishment_id = p_establishment and p.preauth_id = p_address
                                               and p.state in ('pended-payer', 'pended-pieces', 'granted',
                                                               'partly-granted', 'used-part', 'used'))
                                and not (e.basis = 'E'
                                         and exists (select from gate.entry r
                                                      where r.establishment_id = p_establishment
                                                        and r.entry_id = e.address and r.purpose = 'preauth')),
                                (e.at at time zone 'Europe/Paris')::date) k (stands, asked_on)
     where p_basis = 'E' and e.establishment_id = p_establishment and e.entry_id = p_address
       and e.outcome = 'shown' and (e.basis in ('P', 'A', 'U', 'H') or e.basis = 'E' and k.stands)
       and exists (select from gate.person p where p.person_id = e.person_id)
$$;

alter function gate.covers(uuid, text, text, uuid, date, uuid, text) owner to egide_gate;
revoke all on function gate.covers(uuid, text, text, uuid, date, uuid, text) from public;
