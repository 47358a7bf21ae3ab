"""A grid as the printed table, in HTML that needs nothing else."""

from html import escape
from typing import Final

from egide.plans.grid import Grid
from egide.plans.table import Cell, Row

_STYLE: Final = """
body{font:16px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1a1a2e}
table{border-collapse:collapse;width:100%}caption{text-align:left;margin-bottom:.5rem}
th,td{border:1px solid #b8bcc8;padding:.4rem .6rem;text-align:left;vertical-align:top}
thead th{background:#1a2b5f;color:#fff}tbody th[scope=rowgroup]{background:#e8ebf5}
tbody th[scope=row]{font-weight:400}.case,.note{color:#50566b;font-size:.87em}
"""


def cell_text(cell: Cell) -> str:
    """Return what a cell says on one line."""
    return f"{cell.text} ({cell.case})" if cell.case else cell.text


def to_html(grid: Grid) -> str:
    """Return the grid as a page; texts of the grid are escaped."""
    columns = [label or "Garantie" for label in grid.levels.values()]
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in columns)
    notes = "".join(f"<li>{escape(note)}</li>" for note in grid.notes)
    said = f"Version du {grid.version_on:%d/%m/%Y}. {grid.source}"
    return (
        f'<!doctype html><html lang="fr"><meta charset="utf-8"><title>{escape(grid.label)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style>'
        f"<h1>{escape(grid.label)}</h1><table><caption>{escape(said)}</caption>"
        f'<thead><tr><th scope="col">Poste</th>{head}</tr></thead>{_body(grid)}</table>'
        + (f"<h2>Notes</h2><ul>{notes}</ul>" if notes else "")
        + "</html>\n"
    )


def _body(grid: Grid) -> str:
    parts: list[str] = []
    section = ""
    for row in grid.rows:
        if row.section != section:
            section = row.section
            span = len(grid.levels) + 1
            parts.append(
                f'<tbody><tr><th scope="rowgroup" colspan="{span}">{escape(section)}</th></tr>'
            )
        parts.append(_row(row))
    return "".join(parts)


def _row(row: Row) -> str:
    note = f'<div class="note">{escape(row.note)}</div>' if row.note else ""
    cells = "".join(f"<td>{''.join(map(_cell, cells))}</td>" for cells in row.cells)
    return f'<tr><th scope="row">{escape(row.label)}{note}</th>{cells}</tr>'


def _cell(cell: Cell) -> str:
    case = f' <span class="case">({escape(cell.case)})</span>' if cell.case else ""
    return f"<div>{escape(cell.text)}{case}</div>"
