"""Commands of an incident."""
