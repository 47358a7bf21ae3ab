-- Professionals who come in by Pro Santé Connect: one account each, at the establishment of the directory.
alter table account add column rpps text references professional;
create unique index account_rpps_once on account (rpps) where closed_at is null;

-- Browsers that left for Pro Santé Connect and are not back; each comes back once, with the key it left with.
create table psc_login (
    state_hash bytea primary key,
    thumbprint text not null,
    nonce      text not null,
    verifier   text not null,
    expires_at timestamptz not null
);
create index psc_login_expires_idx on psc_login (expires_at);
grant select, insert, delete on psc_login to egide_app;

-- The counter opens no account by itself but this one: of a professional of the directory, who never had one.
create function enrol_professional(p_account uuid, p_rpps text, p_label bytea, p_at timestamptz) returns uuid
language sql security definer
set search_path = public, pg_temp
as $$
    insert into account (account_id, role, establishment_id, rpps, label_sealed, created_at)
    select p_account, 'professional', p.establishment_id, p.rpps, p_label, p_at
      from professional p
     where p.rpps = p_rpps and not exists (select from account a where a.rpps = p_rpps and a.closed_at is not null)
        on conflict (rpps) where closed_at is null do nothing
 returning account_id
$$;
revoke all on function enrol_professional from public;
grant execute on function enrol_professional to egide_app;
