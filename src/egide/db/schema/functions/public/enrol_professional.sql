-- Who was shut out of one establishment may come in by another.
create or replace function public.enrol_professional(p_account uuid, p_rpps text, p_label bytea, p_at timestamptz)
returns uuid
language sql security definer
set search_path = public, pg_temp
as $$
    insert into account (account_id, role, establishment_id, rpps, label_sealed, created_at)
    select p_account, 'professional', p.establishment_id, p.rpps, p_label, p_at
      from professional p
     where p.rpps = p_rpps
       and not exists (select from account a
                        where a.rpps = p_rpps and a.closed_at is not null and a.establishment_id = p.establishment_id)
        on conflict (rpps) where closed_at is null do nothing
 returning account_id
$$;

revoke all on function public.enrol_professional(uuid, text, bytea, timestamptz) from public;
grant execute on function public.enrol_professional(uuid, text, bytea, timestamptz) to egide_portal;
