"""The grids that come with the product: real ones, each with its source."""

from importlib.resources import files

from egide.plans.grid import Grid
from egide.plans.read_grid import read_grid


def shipped_grids() -> list[Grid]:
    """Return the grids that come with the product, by the name of their file."""
    folder = files("egide.plans").joinpath("grids")
    return [
        read_grid(file.read_text("utf-8"))
        for file in sorted(folder.iterdir(), key=lambda one: one.name)
        if file.name.endswith(".yaml")
    ]
