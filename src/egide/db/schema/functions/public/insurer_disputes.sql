-- The disputes that wait for a session's insurer, with what was decided, of no person by name or number: each
-- establishment's first, then each one's second, those due first. p_dispute names one of them, wherever it stands.
-- ``is_read`` tells those whose first reading this very person has done: another is to do the second.
create or replace function public.insurer_disputes(p_session uuid, p_dispute uuid default null)
returns table (
    dispute_id     uuid,
    finess         text,
    name           text,
    invoice        text,
    plan_code      text,
    received_at    timestamptz,
    opened_at      timestamptz,
    answer_by      date,
    second_by      date,
    is_second      boolean,
    raise_by       date,
    state          text,
    ground         text,
    line           smallint,
    expected_cents bigint,
    control        text,
    acts           text[],
    expense_cents  bigint,
    amo_cents      bigint,
    amc_cents      bigint,
    response       bytea,
    is_read        boolean
)
language sql stable security definer
set search_path = public, pg_temp
as $$
    select d.dispute_id, e.finess, e.name, c.invoice, c.plan_code, c.received_at, d.opened_at, d.answer_by, d.second_by,
           d.is_second, d.raise_by, d.state, d.ground, d.line, d.expected_cents, c.control,
           array(select l.act_code || case l.side when '' then '' else ' ' || l.side end
                   from claim_line l
                  where l.establishment_id = c.establishment_id and l.claim_id = c.claim_id
                  order by l.line),
           c.expense_cents, c.amo_cents, c.amc_cents, c.response,
           exists (select from dispute_answer a where a.dispute_id = d.dispute_id and a.account_id = k.account_id)
      from session_account(p_session, 'insurer') k
      join dispute d on d.insurer_id = k.insurer_id and d.state = 'open'
      join claim c on c.claim_id = d.claim_id
      join establishment e on e.establishment_id = d.establishment_id
     where p_dispute is null or d.dispute_id = p_dispute
     order by row_number() over (partition by d.establishment_id order by d.answer_by, d.opened_at), d.answer_by,
              d.opened_at, d.dispute_id
     limit 200
$$;

revoke all on function public.insurer_disputes(uuid, uuid) from public;
grant execute on function public.insurer_disputes(uuid, uuid) to egide_portal;
