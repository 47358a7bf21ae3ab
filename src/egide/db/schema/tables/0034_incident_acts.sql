-- What is noted later stands, and what was noted before stays: a duty or a decision may be noted again.
alter table incident_act
    drop constraint incident_act_pkey,
    add primary key (incident_id, controller, act, noted_at);
