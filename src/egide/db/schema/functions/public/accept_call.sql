-- Accept a call for the insurer of a session: how many claims it settles; -1 where it is of more than the amount above
-- which two of its people accept, and another has to; null where the session is of nobody of that insurer, or its call
-- was accepted.
create or replace function public.accept_call(p_session uuid, p_settlement text) returns bigint
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_account uuid;
    v_insurer uuid;
    v_by_two  boolean;
    v_first   uuid;
    v_claims  bigint;
    v_establishments uuid[];
    v_persons uuid[];
begin
    perform gate.read_committed();
    select k.account_id, k.insurer_id into v_account, v_insurer
      from session_account(p_session, 'insurer') k;
    select f.amount_cents > t.two_above_cents, case when a.closed_at is null then f.first_by end into v_by_two, v_first
      from funds_call f
      left join account a on a.account_id = f.first_by
      left join lateral (select i.two_above_cents
                           from insurer_funding i
                          where i.insurer_id = v_insurer
                            and i.from_on <= (clock_timestamp() at time zone 'Europe/Paris')::date
                          order by i.from_on desc
                          limit 1) t on true
     where f.settlement_id = p_settlement and f.insurer_id = v_insurer and f.accepted_at is null
       for update of f;
    if not found then
        return null;
    end if;
    if v_by_two and (v_first is null or v_first = v_account) then
        update funds_call set first_by = v_account, first_at = clock_timestamp()
         where settlement_id = p_settlement and insurer_id = v_insurer;
        return -1;
    end if;
    update funds_call
       set accepted_by = v_account, accepted_at = clock_timestamp(),
           first_by = case when v_by_two then first_by end, first_at = case when v_by_two then first_at end
     where settlement_id = p_settlement and insurer_id = v_insurer;
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
