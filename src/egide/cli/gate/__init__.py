"""Commands on the gate: what is contained, whom to look at, who is proved, which card is lost."""
