-- The pace of a house among persons it never met, segments by API, and what is not explained, for a person to read.
alter table caller_key add column concentrator text;
alter table caller_key add constraint caller_key_concentrator_named check (concentrator <> '');
set role egide_gate;
-- A debt is of a person whom the house had never met, by its card or by a settled claim, or of one it had; it is
-- held where the pace let nothing be shown; it is as old as the first time it was asked, however often it is asked
-- again.
alter table gate.debt
    add column unmet boolean not null default false,
    add column held boolean not null default false,
    add column first_at timestamptz;
alter table gate.explained add column unmet boolean not null default false, add column asked_on date;
alter table gate.budget add column unmet_limit integer, add column paced_on date;
-- What was explained before says not of whom: a house that is here already learns for thirty days before it is held
-- to a pace.
update gate.budget set paced_on = (gate.instant() at time zone 'UTC')::date + 30;
alter table gate.entry drop constraint entry_outcome_known;
alter table gate.entry add constraint entry_outcome_known check (outcome in ('shown', 'unknown', 'not-covered',
    'ambiguous', 'revoked',
    'over-budget', 'over-cap', 'over-pace', 'suspended', 'replayed', 'canary')) not valid;
-- A concentrator is contained by the name its keys were enrolled with; a professional's account, or the portal, is
-- shut, not asked for a card.
alter table gate.segment drop constraint segment_kind_known;
alter table gate.segment add constraint segment_kind_known check (kind in
    ('establishment', 'key', 'vendor', 'build', 'concentrator', 'amc', 'flow', 'profession', 'department', 'method',
        'person'));
update gate.segment set mode = 'off' where kind = 'person' or (kind, value) = ('flow', 'portal');
alter table gate.segment add constraint segment_of_persons_is_off check
    (mode = 'off' or kind <> 'person' and (kind, value) <> ('flow', 'portal'));
reset role;
