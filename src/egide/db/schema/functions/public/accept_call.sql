-- Null where the session is of no person of that insurer, or its call was accepted; how many claims, otherwise.
create or replace function public.accept_call(p_session uuid, p_settlement text) returns bigint
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_account uuid;
    v_insurer uuid;
    v_claims  bigint;
    v_establishments uuid[];
    v_persons uuid[];
begin
    perform gate.read_committed();
    select k.account_id, k.insurer_id into v_account, v_insurer
      from session_account(p_session, 'insurer') k;
    update funds_call set accepted_by = v_account, accepted_at = clock_timestamp()
     where settlement_id = p_settlement and insurer_id = v_insurer and accepted_at is null;
    if not found then
        return null;
    end if;
    -- What was cancelled since justifies nothing.
    select count(*), array_agg(c.establishment_id) filter (where c.state = 'settled'),
           array_agg(c.person_id) filter (where c.state = 'settled')
      into v_claims, v_establishments, v_persons
      from transfer t
      join allocation a using (transfer_id)
      join claim c using (claim_id)
     where t.settlement_id = p_settlement and a.insurer_id = v_insurer;
    if v_persons is not null then
        perform gate.settle(v_establishments, v_persons);
    end if;
    return v_claims;
end $$;

revoke all on function public.accept_call(uuid, text) from public;
grant execute on function public.accept_call(uuid, text) to egide_portal;
