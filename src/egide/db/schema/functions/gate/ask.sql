-- Ask a batch of questions: charge, look up, write the log. Nothing is told here: gate.told does, of what is committed,
-- so that who rolls back learns nothing; what comes without a proof was said, and counted, by an earlier transaction
-- (gate.intend), so that who measures what it rolls back is bounded too. One statement, one commit, for at most 64
-- questions. Locks are taken in one order: proofs, budgets, caps, then rows of one's own; who waits half a second for
-- one is told to come again, so that a transaction left open holds its own establishment alone. A step that nothing in
-- the batch needs is left out: a card shown alone meets no budget.
-- Every table is reached by a key, whatever its statistics say: a plan is made once and holds for small and large.
create or replace function gate.ask(
    p_establishment uuid[],
    p_entry         uuid[],
    p_software      uuid[],
    p_proof         uuid[],
    p_purpose       text[],
    p_basis         text[],
    p_address       uuid[],
    p_care_on       date[],
    p_key           text[],
    p_method        text[],
    p_amc           text[] default null
) returns void
language plpgsql
security definer
set search_path = gate, pg_temp
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set lock_timeout = '500ms'
as $$
declare
    v_now      constant timestamptz := gate.instant();
    v_question gate.question[];
    v_verdict  text[];
    v_meant    uuid[];
    v_answer   gate.answer[];
    v_new      bigint[];
begin
    perform gate.read_committed();
    v_question := gate.questions(p_establishment, p_entry, p_software, p_proof, p_purpose, p_basis, p_address,
                                 p_care_on, p_key, p_method, p_amc);
    v_verdict := gate.suspend(gate.use_proofs(v_question, v_now), v_question, v_now);
    if p_basis && '{U,H}' then
        v_verdict := gate.hold_to_intents(v_verdict, v_question, v_now);
        select * into v_verdict, v_new from gate.charge_unproved(v_question, v_verdict, v_now);
    end if;
    if p_basis && '{A,H}' then
        v_meant := gate.meant(v_question, v_verdict, v_now);
    end if;
    v_answer := gate.look_up(v_question, v_verdict, v_meant, v_now);
    perform gate.write_answers(v_question, v_answer, v_now);
    perform gate.after(v_question, v_answer, v_new, v_now);
end
$$;

alter function gate.ask(uuid[], uuid[], uuid[], uuid[], text[], text[], uuid[], date[], text[],
    text[], text[]) owner to egide_gate;
revoke all on function gate.ask(uuid[], uuid[], uuid[], uuid[], text[], text[], uuid[], date[], text[],
    text[], text[]) from public;
grant execute on function gate.ask(uuid[], uuid[], uuid[], uuid[], text[], text[], uuid[], date[], text[],
    text[], text[]) to egide_app;
