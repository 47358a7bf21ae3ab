-- A vendor that ever vouched goes on being asked to: taking its only key away opens nothing. The portal enrols keys in
-- the name of an establishment's own administrators, a hundred an hour or one in fifty establishments, and each is told
-- to the establishment: who takes the portal over makes itself no country of keys unseen.
create or replace function public.caller_key_attested() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if new.enrolled_by is null and pg_has_role(session_user, 'egide_portal', 'member')
       and not pg_has_role(session_user, 'egide_loader', 'member') then
        raise exception 'the counter enrols a key in the name of somebody' using errcode = 'check_violation';
    end if;
    if new.enrolled_by is not null then
        if not exists (select from account a where a.account_id = new.enrolled_by and a.closed_at is null
                          and a.establishment_id = new.establishment_id and a.role = 'administrator') then
            raise exception 'an administrator of the establishment enrols its keys' using errcode = 'check_violation';
        end if;
        if (select count(*) from caller_key k where k.enrolled_by is not null
                and k.enrolled_at > clock_timestamp() - interval '1 hour')
           >= greatest(100, (select count(*) / 50 from establishment)) then
            raise exception 'so many keys in an hour are no work of people' using errcode = 'check_violation';
        end if;
        perform tell_establishment(new.establishment_id, 'new', 'key', '', ''::bytea);
    end if;
    if new.enrolled_by is not null or new.attested_by is not null then
        if exists (select from software s join vendor_key v using (vendor) where s.software_id = new.software_id)
           and not exists (select from software s join vendor_key v using (vendor)
                            where s.software_id = new.software_id and v.revoked_at is null
                                and v.thumbprint = new.attested_by)
        then
            raise exception 'the vendor of this build vouches for each instance' using errcode = 'check_violation';
        end if;
    end if;
    return new;
end $$;

revoke all on function public.caller_key_attested() from public;

create or replace trigger caller_key_attested
    before insert on public.caller_key
    for each row execute function caller_key_attested();
