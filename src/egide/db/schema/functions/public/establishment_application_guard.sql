-- Who applies practises at the site it applies for, which nobody has.
create or replace function public.establishment_application_guard() returns trigger
language plpgsql security definer set search_path = public, pg_temp
as $$
begin
    if not exists (select from applicant a
                     join account k using (account_id)
                    cross join open_sites(a.sirets, a.finess) s
                    where a.account_id = new.account_id and k.closed_at is null and k.role = 'applicant'
                      and a.proved_at > clock_timestamp() - interval '30 days'
                      and site_profession(a.profession, s.category) is not null
                      and s.finess = new.finess and s.siret = new.siret) then
        raise exception 'who applies practises at the site it applies for, which no establishment has'
            using errcode = 'check_violation';
    end if;
    new.asked_at := clock_timestamp();
    return new;
end $$;

revoke all on function public.establishment_application_guard() from public;

create or replace trigger establishment_application_guard
    before insert on public.establishment_application
    for each row execute function establishment_application_guard();
