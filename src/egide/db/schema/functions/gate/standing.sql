-- What an establishment may still ask without a proof, and what is asked of it instead; it tells nothing about anybody.
create or replace function gate.standing(p_establishment uuid, p_software uuid, p_key text, p_method text)
returns table (day_limit integer, day_used bigint, month_limit integer, month_used bigint, relation_limit integer,
    relation_used bigint,
               is_card_only boolean, first_contact_limit integer)
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select b.day_limit,
           count(*) filter (where d.basis = 'U' and d.asked_at > gate.instant() - interval '24 hours'),
           b.month_limit,
           count(*) filter (where d.basis = 'U'),
           b.relation_day_limit,
           count(*) filter (where d.basis = 'H' and d.asked_at > gate.instant() - interval '24 hours'),
           exists (select from gate.segment s
                     left join public.establishment h on h.establishment_id = p_establishment
                     left join public.software w on w.software_id = p_software
                     left join public.caller_key k on k.thumbprint = p_key
                    where s.until > gate.instant()
                      and (s.kind, s.value) in (('establishment', p_establishment::text), ('key', p_key), ('method',
                          p_method),
                                                ('flow', 'rights'), ('profession', h.profession), ('department',
                                                    h.department),
                                                ('vendor', w.vendor), ('build',
                                                    w.vendor || ' ' || w.product || ' ' || w.version),
                                                ('concentrator', k.concentrator))),
           b.first_contact_limit
      from gate.budget b
      left join gate.unproved_query d on d.establishment_id = b.establishment_id
          and d.asked_at > gate.instant() - interval '30 days'
     where b.establishment_id = p_establishment
     group by b.establishment_id
$$;

alter function gate.standing(uuid, uuid, text, text) owner to egide_gate;
revoke all on function gate.standing(uuid, uuid, text, text) from public;
grant execute on function gate.standing(uuid, uuid, text, text) to egide_app;
