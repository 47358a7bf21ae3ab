-- The prises en charge asked for the person of a session, then the quotes, the last first, with who asked them; once
-- its space is open, which is in the log.
create or replace function public.own_preauths(p_session uuid)
returns table (
    establishment_id uuid,
    preauth_id       uuid,
    name             text,
    profession       text,
    state            text,
    asked_at         timestamptz,
    act_by           date,
    valid_until      date,
    invoice_until    date,
    acts             text[],
    expense_cents    bigint,
    amo_cents        bigint,
    amc_cents        bigint
)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select p.establishment_id, p.preauth_id, e.name, e.profession, p.state, p.asked_at, p.act_by, p.valid_until,
           p.invoice_until,
           array(select l.act_code || case l.side when '' then '' else ' ' || l.side end
                   from preauth_line l
                  where l.establishment_id = p.establishment_id and l.preauth_id = p.preauth_id
                    and l.revision = p.revision
                  order by l.line),
           p.expense_cents, p.amo_cents, p.amc_cents
      from whose_space(p_session) k (person_id)
      join preauth p on p.person_id = k.person_id and p.state <> 'superseded'
      join establishment e on e.establishment_id = p.establishment_id
     order by p.state = 'rated', p.asked_at desc
     limit 200
$$;

revoke all on function public.own_preauths(uuid) from public;
grant execute on function public.own_preauths(uuid) to egide_portal;
