-- An entry as the tree spells it: every column by its name, as text.
create or replace function gate.entry_text(e gate.entry) returns jsonb
language sql stable
set search_path = gate, pg_temp
as $$
    select jsonb_build_object(
        'establishment', e.establishment_id::text, 'entry', e.entry_id::text,
        'at', to_char(e.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'software', e.software_id::text, 'account', e.account_id::text, 'key', e.key, 'method', e.method,
        'purpose', e.purpose, 'basis', e.basis, 'address', e.address::text, 'care_on', e.care_on::text,
        'outcome', e.outcome, 'person', e.person_id::text, 'insurer', e.insurer_id::text, 'plan', e.plan_code,
        'start_on', e.start_on::text, 'end_on', e.end_on::text)
$$;

alter function gate.entry_text(gate.entry) owner to egide_gate;
revoke all on function gate.entry_text(gate.entry) from public;
grant execute on function gate.entry_text(gate.entry) to egide_logger;
