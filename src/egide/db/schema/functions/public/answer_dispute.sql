-- The answer of an insurer's person to a dispute that waits for it: at the second reading by another than at the first.
-- Upheld, the control that it contested is lifted for that care, where it is of those that an insurer may lift. False
-- where the session is of no person of that insurer, or of the one who read it first, or it waits no more.
create or replace function public.answer_dispute(
    p_session uuid,
    p_dispute uuid,
    p_is_upheld boolean,
    p_reason text,
    p_raise_by date
) returns boolean
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_account uuid;
    v_reading smallint;
begin
    select k.account_id,
           case when d.is_second then 2 else 1 end
      into v_account, v_reading
      from session_account(p_session, 'insurer') k
      join dispute d on d.insurer_id = k.insurer_id
     where d.dispute_id = p_dispute and d.state = 'open'
       for update of d;
    if not found or exists (select from dispute_answer where dispute_id = p_dispute and account_id = v_account) then
        return false;
    end if;
    insert into dispute_answer (dispute_id, reading, account_id, answered_at, is_upheld, reason)
    values (p_dispute, v_reading, v_account, clock_timestamp(), p_is_upheld, p_reason);
    update dispute d
       set state = case when p_is_upheld then 'upheld' else 'maintained' end,
           raise_by = case when v_reading = 1 then p_raise_by end,
           waived = case when p_is_upheld and p_reason = 'control-waived' and d.ground = 'rejection'
                         then (select c.control
                                 from claim c
                                where c.claim_id = d.claim_id and c.control in ('D01', 'P01')) end
     where d.dispute_id = p_dispute;
    return true;
end $$;

revoke all on function public.answer_dispute(uuid, uuid, boolean, text, date) from public;
grant execute on function public.answer_dispute(uuid, uuid, boolean, text, date) to egide_portal;
