-- Whether a call of software is shut, before its endpoint: by its key or what runs it, for anything; by its
-- establishment, or a group that it is of, for all but a token and its own payments' documents; by its flow.
create or replace function gate.is_off(
    p_establishment uuid,
    p_software uuid,
    p_key text,
    p_method text,
    p_flow text
) returns boolean
language plpgsql stable security definer
set search_path = gate, pg_temp
as $$
declare
    v_now constant timestamptz := gate.instant();
begin
    if not exists (select from gate.segment s where s.until > v_now and s.mode = 'off') then
        return false;
    end if;
    return exists (
        select from gate.segment s
          left join public.establishment h on h.establishment_id = p_establishment
          left join public.software w on w.software_id = p_software
          left join public.caller_key k on k.thumbprint = p_key
         where s.until > v_now and s.mode = 'off'
           and ((s.kind, s.value) in (('key', p_key), ('method', p_method), ('vendor', w.vendor), ('flow', p_flow),
                                      ('build', w.vendor || ' ' || w.product || ' ' || w.version),
                                      ('concentrator', k.concentrator))
                or p_flow not in ('token', 'payments')
                   and (s.kind, s.value) in (('establishment', p_establishment::text), ('profession', h.profession),
                                             ('department', h.department))));
end
$$;

alter function gate.is_off(uuid, uuid, text, text, text) owner to egide_gate;
revoke all on function gate.is_off(uuid, uuid, text, text, text) from public;
grant execute on function gate.is_off(uuid, uuid, text, text, text) to egide_app, egide_portal;
