"""How a request names a person: its references followed, its numbers read, its proofs turned into addresses."""
