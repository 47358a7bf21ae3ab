"""The guarantee language: a grid of the insurer, read, checked and compiled for pricing."""

from egide.plans.catalogue import Catalogue, Plan, assemble
from egide.plans.grid import Grid, GridError
from egide.plans.printed import PrintedLevel, PrintedLine, plan_in_force, printed
from egide.plans.publish import publish
from egide.plans.read_grid import DOMAINS, read_grid
from egide.plans.shipped import shipped_grids
from egide.plans.sql import grid_texts as published_texts

__all__ = [
    "DOMAINS",
    "Catalogue",
    "Grid",
    "GridError",
    "Plan",
    "PrintedLevel",
    "PrintedLine",
    "assemble",
    "plan_in_force",
    "printed",
    "publish",
    "published_texts",
    "read_grid",
    "shipped_grids",
]
