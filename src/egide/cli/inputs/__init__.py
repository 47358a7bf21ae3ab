"""Commands on what is taken in: files, official tables, grids."""
