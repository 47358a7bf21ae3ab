-- An insurer accepts its call for funds: its claims are settled by it, which is what an establishment cannot forge alone. Their
-- persons explain what was typed of them, and are known to the houses they went to.
alter table funds_call add column accepted_by uuid references account (account_id), add column accepted_at timestamptz;
alter table funds_call add constraint funds_call_accepted_by_somebody check ((accepted_by is null) = (accepted_at is null));

set role egide_gate;
create function gate.settle(p_establishment uuid[], p_person uuid[]) returns void
language sql security definer
set search_path = gate, pg_temp
as $$
    select gate.explain(p_establishment, p_person);
    insert into gate.relation (establishment_id, person_id, alias, opened_at)
    select t.establishment, t.person, gen_random_uuid(), gate.instant()
      from (select distinct establishment, person from unnest(p_establishment, p_person) as u (establishment, person)) t
     order by 1, 2
        on conflict do nothing
$$;
revoke all on function gate.settle from public;
reset role;

-- Null where the session is of no person of that insurer, or its call was accepted; how many claims, otherwise.
create function accept_call(p_session uuid, p_settlement text) returns bigint
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_account uuid;
    v_insurer uuid;
    v_claims  bigint;
begin
    select k.account_id, k.insurer_id into v_account, v_insurer
      from web_session s
      join account k on k.account_id = s.account_id and k.closed_at is null and k.role = 'insurer'
     where s.session_id = p_session and s.closed_at is null and s.ends_at > clock_timestamp();
    update funds_call set accepted_by = v_account, accepted_at = clock_timestamp()
     where settlement_id = p_settlement and insurer_id = v_insurer and accepted_at is null;
    if not found then
        return null;
    end if;
    select count(*) into v_claims
      from claim c
     where c.insurer_id = v_insurer and c.transfer_id >= p_settlement || '-' and c.transfer_id < p_settlement || '.';
    perform gate.settle(array_agg(c.establishment_id), array_agg(c.person_id))
       from claim c
      where c.insurer_id = v_insurer and c.transfer_id >= p_settlement || '-' and c.transfer_id < p_settlement || '.'
     having count(*) > 0;
    return v_claims;
end $$;
revoke all on function accept_call from public;
grant execute on function accept_call to egide_app;

-- A claim comes in as it was decided, and is settled by a settlement alone: nobody writes one that explains something.
create function claim_comes_in_unsettled() returns trigger
language plpgsql set search_path = pg_catalog
as $$
begin
    if new.state = 'settled' or new.transfer_id is not null then
        raise exception 'a claim is settled by a settlement' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger claim_comes_in_unsettled before insert on claim for each row execute function claim_comes_in_unsettled();

-- The caps of what is there already; imports size them from then on.
select gate.size_segments();
