"""Cards for print: what an insurer's members show at a counter, whose QR holds 128 random bits and nothing else."""

from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass
from typing import Final
from xml.sax.saxutils import escape

import segno
from fpdf import FPDF

from egide import db
from egide.core.identifiers import AmcNumber
from egide.core.refusal import Refusal, RefusalCode
from egide.directory import insurer_numbers
from egide.members.unseal import identities
from egide.vault import Addresses, Sealer

_WIDTH, _HEIGHT, _QR = 85.6, 54.0, 34.0  # millimetres: ISO/IEC 7810, ID-1
_CHARACTERS: Final = 26
_BATCH: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """What is printed: the code too, for a counter whose reader is broken."""

    insurer: str
    amc: str
    holder: str
    member: str
    rank: int
    code: str

    @property
    def spelt(self) -> str:
        """Return the code in groups that are read aloud."""
        return " ".join(self.code[at : at + 4] for at in range(0, _CHARACTERS, 4))

    def lines(self) -> tuple[str, ...]:
        """Return what stands beside the QR."""
        return (
            self.insurer,
            self.holder,
            f"AMC {self.amc}",
            f"Adhérent {self.member}",
            f"Rang {self.rank}",
        )


async def cards(
    tx: db.Tx, addresses: Addresses, sealer: Sealer, amc: AmcNumber, references: Iterable[str]
) -> AsyncGenerator[Card]:
    """Yield the cards of an insurer's persons, in their order. Owner only: it unseals identities.

    Raises Refusal: ``amc-invalid``; ``value-invalid``, at a reference that names nobody or somebody without a card.
    """
    numbers = (await insurer_numbers(tx)).get(amc.text)
    if numbers is None:
        raise Refusal(RefusalCode.AMC_INVALID, where="amc")
    first = AmcNumber.parse(numbers.keyed_as)
    named = [addresses.person(first, reference) for reference in references]
    for begin in range(0, len(named), _BATCH):
        batch = named[begin : begin + _BATCH]
        found = await identities(tx, sealer, batch)
        for line, person in enumerate(batch, begin + 1):
            who = found.get(person)
            if who is None:
                raise _refused(line, "Aucune personne importée n'a cette référence.")
            if not who.card:
                raise _refused(line, "L'assureur n'a pas donné de carte à cette personne.")
            yield Card(
                insurer=numbers.name,
                amc=numbers.amc,
                holder=f"{who.given_name} {who.family_name}".strip(),
                member=who.member,
                rank=who.rank,
                code=who.card,
            )


def _refused(line: int, hint: str) -> Refusal:
    return Refusal(RefusalCode.VALUE_INVALID, where=f"ligne {line}", hint=hint)


def svg(card: Card) -> str:
    """Return a card as SVG, at its size."""
    modules = _modules(card.code)
    dark = "".join(
        f"M{x} {y}h1v1h-1z"
        for y, row in enumerate(modules)
        for x, is_dark in enumerate(row)
        if is_dark
    )
    texts = "".join(
        f'<text x="{_QR + 6:.0f}" y="{12 + 7 * at}" font-size="{4.2 if at == 0 else 3.4}">{escape(one)}</text>'
        for at, one in enumerate(card.lines())
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}mm" height="{_HEIGHT}mm" '
        f'viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif">'
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff" stroke="#999" stroke-width=".2"/>'
        f'<path transform="translate(3 4) scale({_QR / len(modules):.5f})" d="{dark}"/>{texts}'
        f'<text x="4" y="47" font-size="3.2" font-family="monospace">{escape(card.spelt)}</text></svg>'
    )


def _modules(code: str) -> list[list[int]]:
    """Return the QR of a code, quiet zone included: true where it is dark."""
    return [list(row) for row in segno.make_qr(code, error="m").matrix_iter(border=4)]


class Sheet:
    """A PDF of cards, one to a page of a card's own size: what printers of cards take."""

    def __init__(self) -> None:
        self._pdf = FPDF(unit="mm", format=(_HEIGHT, _WIDTH), orientation="landscape")
        self._pdf.set_auto_page_break(False)
        self._pdf.set_margin(0)

    def add(self, card: Card) -> None:
        """Add a card."""
        pdf = self._pdf
        pdf.add_page()
        modules = _modules(card.code)
        size = _QR / len(modules)
        for y, row in enumerate(modules):
            for x, is_dark in enumerate(row):
                if is_dark:
                    pdf.rect(3 + x * size, 4 + y * size, size, size, style="F")
        for at, text in enumerate(card.lines()):
            pdf.set_font("helvetica", style="B" if at == 0 else "", size=10 if at == 0 else 8)
            pdf.text(_QR + 6, 12 + 7 * at, _printable(text))
        pdf.set_font("courier", size=7)
        pdf.text(4, 47, card.spelt)

    def write(self) -> bytes:
        """Return the file."""
        return bytes(self._pdf.output())


def _printable(text: str) -> str:
    """Return a text in the letters that PDF's own fonts have (ISO 8859-1); others are replaced by « ? »."""
    return text.encode("latin-1", "replace").decode("latin-1")
