-- The staged lines whose card another covered person has from today on, of whichever insurer: an import sees its own
-- insurer alone, and a card that two persons have is answered for neither. Tells yes or no of 128 random bits that the
-- caller holds.
create or replace function gate.card_held(p_digest uuid, p_today date) returns setof bigint
language sql stable security definer
set search_path = gate, pg_temp
as $$
    select distinct s.line_number
      from public.import_staged s
      join gate.cover c on c.address = s.card and c.basis = 'P' and c.person_id <> s.person_id
     where s.digest = p_digest
       and exists (select from unnest(s.starts, s.ends) o (start_on, end_on)
                    where daterange(o.start_on, o.end_on) * daterange(p_today, null)
                          && daterange(c.start_on, c.end_on))
$$;

alter function gate.card_held(uuid, date) owner to egide_gate;
revoke all on function gate.card_held(uuid, date) from public;
grant execute on function gate.card_held(uuid, date) to egide_loader;
