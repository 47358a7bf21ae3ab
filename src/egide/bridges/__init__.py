"""A bridge to files of fixed width: a layout says records and fields, one codec reads and writes them."""

from egide.bridges.codec import Fault, ReadFile, read_file, write_file
from egide.bridges.layout import Layout, LayoutError, read_layout

__all__ = [
    "Fault",
    "Layout",
    "LayoutError",
    "ReadFile",
    "read_file",
    "read_layout",
    "write_file",
]
