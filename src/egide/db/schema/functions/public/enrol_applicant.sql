-- The account of who may apply, opened or proved again; null where there is nothing to apply for.
create or replace function public.enrol_applicant(
    p_account uuid,
    p_rpps text,
    p_profession text,
    p_places text[][],
    p_label bytea
)
returns uuid
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    v_at      constant timestamptz := clock_timestamp();
    v_sirets  constant text[] := array(select unnest(p_places[1:1]));
    v_finess  constant text[] := array(select unnest(p_places[2:2]));
    v_account uuid;
begin
    if exists (select from professional p where p.rpps = p_rpps) or not exists (select from open_sites(v_sirets,
        v_finess)) then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('applicant ' || p_rpps, 0));
    select a.account_id into v_account
      from applicant a
      join account k using (account_id)
     where a.rpps = p_rpps and k.closed_at is null and k.role = 'applicant';
    if not found then
        v_account := p_account;
        insert into account (account_id, role, label_sealed, created_at) values (p_account, 'applicant', p_label, v_at);
    end if;
    insert into applicant (account_id, rpps, profession, sirets, finess, proved_at)
    values (v_account, p_rpps, p_profession, v_sirets, v_finess, v_at)
        on conflict (account_id) do update
       set profession = excluded.profession, sirets = excluded.sirets, finess = excluded.finess,
           proved_at = excluded.proved_at;
    return v_account;
end $$;

revoke all on function public.enrol_applicant(uuid, text, text, text[], bytea) from public;
grant execute on function public.enrol_applicant(uuid, text, text, text[], bytea) to egide_portal;
