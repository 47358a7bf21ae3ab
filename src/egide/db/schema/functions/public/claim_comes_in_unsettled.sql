-- A claim comes in as it was decided, and is settled by a settlement alone: nobody writes one that justifies something.
create or replace function public.claim_comes_in_unsettled() returns trigger
language plpgsql set search_path = pg_catalog
as $$
begin
    if new.state = 'settled' then
        raise exception 'a claim is settled by a settlement' using errcode = 'check_violation';
    end if;
    if new.attested is null or octet_length(new.attested) <> 32 then
        raise exception 'a claim is attested by who decided it' using errcode = 'check_violation';
    end if;
    return new;
end $$;

revoke all on function public.claim_comes_in_unsettled() from public;

create or replace trigger claim_comes_in_unsettled
    before insert on public.claim
    for each row execute function claim_comes_in_unsettled();
