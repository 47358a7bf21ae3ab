"""``egide demo``: a synthetic France, its day, its payment, its thieves; and the installation it plays in."""
