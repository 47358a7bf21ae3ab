"""A house and who has power over it: its enrolment, its people and keys, what two persons change, what it is told."""
