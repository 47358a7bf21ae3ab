-- The instant as the gate reads it. A caller cannot choose it: the windows of the budget hang on it.
create or replace function gate.instant() returns timestamptz
language sql volatile
as 'select clock_timestamp()';

alter function gate.instant() owner to egide_gate;
revoke all on function gate.instant() from public;
