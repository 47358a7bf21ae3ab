-- Whether too many typed persons of an establishment are still unjustified ten days later, against those justified:
-- honest service is one in ten. From one in three on, nobody new is shown without a card.
create or replace function gate.is_stale(p_establishment uuid, p_now timestamptz) returns boolean
language plpgsql
as $$
declare
    v_stale bigint;
begin
    select count(*) into v_stale
      from gate.unproved_query d
     where d.establishment_id = p_establishment and d.basis = 'U' and not d.held
       and coalesce(d.first_at, d.asked_at) <= p_now - interval '10 days'
       and d.asked_at > p_now - interval '180 days';
    return v_stale >= 12
       and v_stale * 2 > (select count(*)
                            from gate.justified e
                           where e.establishment_id = p_establishment and e.period > gate.period(p_now) - 6);
end
$$;

alter function gate.is_stale(uuid, timestamptz) owner to egide_gate;
revoke all on function gate.is_stale(uuid, timestamptz) from public;
