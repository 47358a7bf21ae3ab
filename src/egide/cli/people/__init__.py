"""Commands on persons, keys and cards."""
