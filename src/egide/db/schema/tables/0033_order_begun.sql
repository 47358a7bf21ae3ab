-- When the file of a settlement was first begun: from then on it may have left, whatever became of it on disk.
alter table settlement_order add column begun_at timestamptz;
