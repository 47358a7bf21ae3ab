-- What the gate shows is told by a second call, once the first is committed: its entry cannot be rolled back any more.
drop function if exists gate.ask(uuid[], uuid[], uuid[], uuid[], text[], text[], uuid[], date[], text[], text[]);
drop function if exists gate.shown(gate.question[], gate.answer[]);
drop function if exists gate.contracts(uuid[], uuid[]);
drop function if exists public.support_view(uuid, uuid, uuid);
