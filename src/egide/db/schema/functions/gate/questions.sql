-- A batch's columns as its questions, addresses as they are stored; a number of ours and an alias are what they are.
-- The number of an insurer goes with a NIR, which may be that of several covers: it is the one that is asked.
create or replace function gate.questions(
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
    p_amc           text[]
) returns gate.question[]
language plpgsql immutable
as $$
declare
    v_question gate.question[];
begin
    if cardinality(p_entry) > 64 then
        raise exception 'at most 64 questions a batch';
    end if;
    for i in 1 .. cardinality(p_entry) loop
        v_question[i] := row (p_establishment[i], p_entry[i], p_software[i], p_proof[i], p_purpose[i], p_basis[i],
                              case when p_basis[i] in ('E', 'H') then p_address[i] else gate.kept(p_address[i]) end,
                              p_care_on[i], p_key[i], p_method[i], p_amc[i]);
    end loop;
    return v_question;
end
$$;

alter function gate.questions(uuid[], uuid[], uuid[], uuid[], text[], text[], uuid[], date[], text[],
    text[], text[]) owner to egide_gate;
revoke all on function gate.questions(uuid[], uuid[], uuid[], uuid[], text[], text[], uuid[], date[], text[],
    text[], text[]) from public;
