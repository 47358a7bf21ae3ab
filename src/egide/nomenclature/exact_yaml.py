"""YAML without floats: an amount with a decimal point is read as Decimal, exactly."""

from decimal import Decimal
from importlib.resources import files
from typing import TypeVar

import msgspec
import yaml

Shape = TypeVar("Shape")


class _ExactLoader(yaml.SafeLoader):
    """A safe loader whose numbers with a point are decimals."""


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    return Decimal(str(loader.construct_scalar(node)))


_ExactLoader.add_constructor("tag:yaml.org,2002:float", _decimal)


def load_data(name: str, shape: type[Shape]) -> Shape:
    """Return one of the product's tables, checked against its shape."""
    text = files("egide.nomenclature").joinpath("data", name).read_text("utf-8")
    tables = yaml.load(text, Loader=_ExactLoader)  # noqa: S506 - a SafeLoader without floats
    return msgspec.convert(tables, shape, strict=False)


def to_cents(amount: Decimal) -> int:
    """Return an amount in euros as cents; parts of a cent are a mistake of the table."""
    cents = amount.scaleb(2)
    whole = int(cents)
    if whole != cents:
        message = f"{amount} is not an amount in euros and cents"
        raise ValueError(message)
    return whole


def to_basis_points(percent: Decimal) -> int:
    """Return a percentage as basis points."""
    return int(percent.scaleb(2))
