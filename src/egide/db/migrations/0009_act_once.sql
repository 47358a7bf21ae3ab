-- What tells an act of a person from another, so that two invoices cannot bill it without saying that it was
-- done twice. Null on the lines stored before this column.
alter table claim_line add column act_hash uuid;
create index claim_line_act_idx on claim_line (establishment_id, care_on, act_hash);
