"""Commands on the access log."""
