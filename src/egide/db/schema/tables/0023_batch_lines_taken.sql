-- A line is taken before it is decided, so that two pages sent at once decide one of its number; what it was told is
-- kept.
alter table batch_line
    drop constraint batch_line_outcome,
    add constraint batch_line_outcome check (outcome in ('accepted', 'rejected', 'refused', 'cancelled', 'again')),
    add column said text;
