-- The thirty days that an instant is in, counted from 1970.
create or replace function gate.period(p_at timestamptz) returns integer
language sql immutable
as 'select (floor(extract(epoch from p_at) / 2592000))::integer';

alter function gate.period(timestamptz) owner to egide_gate;
revoke all on function gate.period(timestamptz) from public;
