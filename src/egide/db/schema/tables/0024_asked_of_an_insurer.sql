-- A question may name the insurer that it is asked of: a NIR may be that of several covers.
set role egide_gate;
alter type gate.question add attribute amc text;
drop function if exists gate.ask(uuid[], uuid[], uuid[], uuid[], text[], text[], uuid[], date[], text[], text[]);
drop function if exists gate.questions(uuid[], uuid[], uuid[], uuid[], text[], text[], uuid[], date[], text[], text[]);
drop function if exists gate.covers(uuid, text, text, uuid, date, uuid);
reset role;
