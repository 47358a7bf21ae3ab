"""The commands of the access log: grow it, watch it, prove from it, erase in it."""
