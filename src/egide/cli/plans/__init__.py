"""``egide plans``: grids of guarantees, one file a command."""
