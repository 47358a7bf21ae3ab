"""Commands on the gate: what is contained, who is to be looked at."""
