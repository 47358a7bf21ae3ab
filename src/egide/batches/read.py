"""Read a page of a batch: NDJSON, or CSV as a spreadsheet writes it; each line by itself, whatever the others are.

Source: ``docs/formats/batch.md``, which is ours: no norm of the field.
"""

import csv
import hashlib
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, NoReturn, cast

import msgspec

from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import strict_text

FORMAT: Final = "egide-batch/1"
MOST_LINES: Final = 1_000
_LAST_LINE: Final = 10_000_000
_BATCH: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,34}")
_NUMBER: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z./_-]{0,34}")
_WHOLE: Final = re.compile(r"[0-9]{1,9}")
_EUROS: Final = re.compile(r"[0-9]{1,9}([.,][0-9]{1,2})?")
_FIELD: Final = re.compile(r"(unknown|missing required) field `([A-Za-z_]{1,40})`")
_PLACE: Final = re.compile(r"at `\$([^`]*)`")
_MARK: Final = b"\xef\xbb\xbf"
COLUMNS: Final = (
    "invoice",
    "card",
    "engagement",
    "alias",
    "amc",
    "member",
    "nir",
    "birth",
    "rank",
    "act",
    "price",
    "on",
    "quantity",
    "side",
    "situation",
    "base",
    "stay",
    "performer",
    "replaces",
    "cancel",
)


_WHO: Final = ("card", "engagement", "alias", "amc", "member", "nir", "birth")
_OF_INVOICE: Final = (*_WHO, "rank", "replaces")
_OF_ACT: Final = COLUMNS[COLUMNS.index("act") : COLUMNS.index("performer") + 1]


class Who(msgspec.Struct, forbid_unknown_fields=True):
    """A person: by its card, an engagement, an alias, or what the card prints."""

    card: str = ""
    engagement: str = ""
    alias: str = ""
    amc: str = ""
    member: str = ""
    nir: str = ""
    birth: str = ""
    rank: int = 1


class Act(msgspec.Struct, forbid_unknown_fields=True):
    """A line of an invoice; ``act`` is ``system:code``, amounts are in cents, of the whole quantity."""

    act: str
    cents: int
    on: str
    quantity: int = 1
    side: str = ""
    situation: list[str] = []
    base: int | None = None
    stay: str = ""
    performer: str = ""


class Line(msgspec.Struct, forbid_unknown_fields=True):
    """An invoice, or the number of one to cancel."""

    who: Who | None = None
    invoice: str = ""
    items: list[Act] = []
    replaces: str = ""
    cancel: str = ""


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    format: str
    batch: str
    first: int = msgspec.field(name="from", default=1)


@dataclass(frozen=True, slots=True)
class Read:
    """A line as it was sent: what it says, or why it cannot be read.

    Args:
        digest: of what it says, whatever its layout; of its text where it cannot be read.
    """

    number: int
    digest: bytes
    said: Line | Refusal
    invoice: str = ""

    @property
    def names(self) -> set[str]:
        """Return the numbers that it makes, ends or replaces."""
        if isinstance(self.said, Refusal):
            return set()
        return {self.said.invoice, self.said.replaces, self.said.cancel} - {""}


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a batch; its lines are numbered from ``first``."""

    batch: str
    first: int
    lines: list[Read]


_read_header: Final = msgspec.json.Decoder(_Header)
_read_line: Final = msgspec.json.Decoder(Line)


def _kept(invoice: object) -> str:
    """Return the number of an invoice as it is kept and shown: nothing of what is none."""
    return invoice if isinstance(invoice, str) and _NUMBER.fullmatch(invoice) else ""


def _digest(text: str, said: Line | Refusal) -> bytes:
    read = text.encode() if isinstance(said, Refusal) else msgspec.json.encode(said)
    return hashlib.sha256(read).digest()[:16]


def check_batch(batch: str) -> str:
    """Return the name of a batch; Refusal ``value-invalid``."""
    if not _BATCH.fullmatch(batch):
        hint = "De 1 à 35 lettres, chiffres, points, tirets."
        raise Refusal(RefusalCode.VALUE_INVALID, where="batch", hint=hint)
    return batch


def check_first(number: int | str) -> int:
    """Return the number of a line, from 1; Refusal ``value-invalid``."""
    if not _WHOLE.fullmatch(str(number)) or not 1 <= int(number) <= _LAST_LINE:
        hint = f"Un numéro de ligne, de 1 à {_LAST_LINE}."
        raise Refusal(RefusalCode.VALUE_INVALID, where="from", hint=hint)
    return int(number)


def read_page(body: bytes, *, is_csv: bool) -> Page:
    """Read a page; a line that cannot be read is told beside the others.

    Raises Refusal: ``body-invalid``, ``value-invalid``: of the head line, or of too many lines; nothing is taken.
    """
    try:
        text = body.removeprefix(_MARK).decode("utf-8")
    except UnicodeDecodeError:
        hint = "Le texte n'est pas en UTF-8 (sous Excel : « CSV UTF-8 »)."
        raise Refusal(RefusalCode.BODY_INVALID, hint=hint) from None
    head, _, rest = text.partition("\n")
    header = _csv_header(head) if is_csv else _json_header(head)
    if header.format != FORMAT:
        raise Refusal(RefusalCode.VALUE_INVALID, where="format", hint=f"Attendu : {FORMAT}.")
    first = check_first(header.first)
    texts = _csv_lines(rest) if is_csv else _json_lines(rest)
    lines = [
        Read(number, _digest(text, said), said, _kept(invoice))
        for number, (text, said, invoice) in enumerate(texts, start=first)
    ]
    if not 0 < len(lines) <= MOST_LINES:
        hint = f"De 1 à {MOST_LINES} lignes par page."
        raise Refusal(RefusalCode.VALUE_INVALID, where="batch", hint=hint)
    check_first(lines[-1].number)
    return Page(check_batch(header.batch), first, lines)


def _json_header(text: str) -> _Header:
    try:
        return _read_header.decode(text)
    except msgspec.DecodeError:
        _bad_head(f'{{"format":"{FORMAT}","batch":"LOT-1","from":1}}')


def _csv_header(text: str) -> _Header:
    parts = text.strip().rstrip(";").split(";")
    if len(parts) != len(("format", "batch", "from")) or not _WHOLE.fullmatch(parts[2]):
        _bad_head(f"{FORMAT};LOT-1;1")
    return _Header(parts[0], parts[1], int(parts[2]))


def _bad_head(wanted: str) -> NoReturn:
    raise Refusal(
        RefusalCode.BODY_INVALID, where="ligne 1", hint=f"Première ligne attendue : {wanted}"
    )


_Said = tuple[str, Line | Refusal, object]


def _json_lines(text: str) -> Iterator[_Said]:
    # A line ends as its sender ends it: JSON texts may hold what Python also takes for an end.
    for line in text.split("\n"):
        if line.strip():
            yield _json_line(line)


def _json_line(line: str) -> _Said:
    try:
        read = strict_text(line, root="")
    except Refusal as refusal:
        hint = refusal.hint or "Ligne coupée, ou qui n'est pas du JSON."
        return line, Refusal(refusal.code, hint=hint), None
    try:
        said = _read_line.decode(line)
    except msgspec.ValidationError as error:
        named = (
            cast("dict[str, object]", read).get("invoice") if isinstance(read, dict) else None
        )
        return line, _fault(str(error)), named
    return line, _checked(said), said.cancel or said.invoice


def _checked(line: Line) -> Line | Refusal:
    """Return a line, or the refusal of one that asks for two things."""
    if line.cancel and (line.invoice or line.items or line.replaces):
        hint = "Annuler et facturer : une ligne pour chacun."
        return Refusal(RefusalCode.VALUE_INVALID, where="cancel", hint=hint)
    return line


def _fault(said: str) -> Refusal:
    """Return the refusal of a line that has not its shape, at the field at fault."""
    field, at = _FIELD.search(said), _PLACE.search(said)
    parts = [at.group(1).removeprefix(".")] if at else []
    where = ".".join([*filter(None, parts), *([field.group(2)] if field else [])])
    is_missing = field is not None and field.group(1) == "missing required"
    code = RefusalCode.VALUE_MISSING if is_missing else RefusalCode.VALUE_INVALID
    return Refusal(code, where=where)


def _csv_lines(text: str) -> Iterator[_Said]:
    """Yield the invoices of a CSV: rows one after the other with one number are one invoice."""
    together: list[dict[str, str]] = []
    for said in _csv_rows(text):
        if together and not (said["invoice"] and _is_same(said, together[0])):
            yield _csv_line(together)
            together = []
        together.append(said)
    if together:
        yield _csv_line(together)


def _is_same(row: Mapping[str, str], first: Mapping[str, str]) -> bool:
    """Tell whether a row goes on with the invoice of the one before it."""
    return row["invoice"] == first["invoice"] and not (row["cancel"] or first["cancel"])


def _csv_rows(text: str) -> Iterator[dict[str, str]]:
    """Yield the rows that say anything, by column. Raises Refusal: what is no table takes nothing of the page."""
    rows = csv.reader(io.StringIO(text), delimiter=";", strict=True)
    try:
        names = next(filter(any, rows), list[str]())
        named = [name for name in names if name]
        if not named or len(set(named)) < len(named) or not set(named) <= set(COLUMNS):
            hint = f"Colonnes connues, chacune une fois : {', '.join(COLUMNS)}."
            raise Refusal(RefusalCode.BODY_INVALID, where="ligne 2", hint=hint)
        if not text.endswith(("\n", "\r")):
            hint = "La dernière ligne n'a pas de fin de ligne : coupée ?"
            raise Refusal(RefusalCode.VALUE_INVALID, where="dernière ligne", hint=hint)
        for cells in rows:
            where = f"ligne {rows.line_num + 1}"
            if any(cells) and len(cells) < len(names):
                hint = "Une ligne a moins de cellules que de colonnes : coupée ?"
                raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
            if any(cells[len(names) :]) or any(
                cell for name, cell in zip(names, cells, strict=False) if not name
            ):
                hint = "Une cellule est hors de toute colonne."
                raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
            row = dict.fromkeys(COLUMNS, "") | {
                name: cell.strip() for name, cell in zip(names, cells, strict=False) if name
            }
            if any(row.values()):
                yield row
    except csv.Error:
        hint = "Guillemet jamais fermé, retour de chariot seul ou cellule trop longue."
        where = f"ligne {rows.line_num + 1}"
        raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint) from None


def _csv_line(rows: list[dict[str, str]]) -> _Said:
    text = repr(rows)
    first = rows[0]
    try:
        _check_one(rows)
        who = Who(
            **{name: first[name] for name in _WHO},
            rank=_whole(first, "rank", 1),
        )
        is_bare = first["cancel"] and not any(first[name] for name in _OF_ACT)
        items = [] if is_bare else [_csv_act(row) for row in rows]
    except Refusal as refusal:
        return text, refusal, first["invoice"]
    line = Line(who, first["invoice"], items, first["replaces"], first["cancel"])
    return text, _checked(line), first["cancel"] or first["invoice"]


def _check_one(rows: Sequence[Mapping[str, str]]) -> None:
    """Stop an invoice whose rows name two persons, or replace two invoices; a blank says what the first row says."""
    for row in rows[1:]:
        for name in _OF_INVOICE:
            if row[name] not in {"", rows[0][name]}:
                hint = "Les lignes d'une même facture disent deux choses."
                raise Refusal(RefusalCode.VALUE_INVALID, where=name, hint=hint)


def _csv_act(row: Mapping[str, str]) -> Act:
    return Act(
        act=row["act"],
        cents=_cents(row, "price"),
        on=row["on"],
        quantity=_whole(row, "quantity", 1),
        side=row["side"],
        situation=row["situation"].split(),
        base=_cents(row, "base") if row["base"] else None,
        stay=row["stay"],
        performer=row["performer"],
    )


def _whole(row: Mapping[str, str], name: str, default: int) -> int:
    if not row[name]:
        return default
    if not _WHOLE.fullmatch(row[name]):
        raise Refusal(RefusalCode.VALUE_INVALID, where=name, hint="Un nombre entier.")
    return int(row[name])


def _cents(row: Mapping[str, str], name: str) -> int:
    """Read euros as a spreadsheet writes them: « 30 », « 30,00 », « 30.5 »."""
    if not _EUROS.fullmatch(row[name]):
        hint = "Des euros, deux décimales au plus : 30,00."
        raise Refusal(RefusalCode.AMOUNT_INVALID, where=name, hint=hint)
    return int(Decimal(row[name].replace(",", ".")).scaleb(2))
