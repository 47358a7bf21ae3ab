"""The commands that serve, and what keeps a server up."""
