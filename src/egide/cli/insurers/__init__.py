"""Commands on insurers that answer by themselves."""
