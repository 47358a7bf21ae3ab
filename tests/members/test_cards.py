"""Cards for print: their QR is read back to the code that the gate takes, and they are whole or not at all."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from conftest import Place, run
from egide.cli.people.cards import cards
from egide.core.ids import from_code
from egide.core.refusal import Refusal
from egide.drills import Person
from egide.members.cards import Card, Sheet, svg
from egide.rights import Basis
from egide.vault import Addresses, KeyRing
from rights.test_gate import _ask as ask
from rights.test_gate import _new_establishment as new_establishment
from rights.test_gate import _question as question
from rights.test_gate import _shown as shown

_RSVG, _ZBAR = shutil.which("rsvg-convert"), shutil.which("zbarimg")


def _print(place: Place, out: Path, amc: str, *references: str) -> Result:
    words = ["print", "--data", str(place.settings.data), "--amc", amc, "--out", str(out), "-"]
    return CliRunner().invoke(cards, words, input="\n".join(references))


def _holders(place: Place, count: int) -> list[Person]:
    amc = place.france.insurers[0]
    people = [
        one for one in place.france.persons if one.card and one.covered and one.amc == amc
    ]
    return people[-count:]


def test_an_insurers_cards_open_the_gate(place: Place, tmp_path: Path) -> None:
    people = _holders(place, 3)
    done = _print(place, tmp_path / "cards", people[0].amc, *(one.reference for one in people))
    assert done.exit_code == 0, done.output
    assert (tmp_path / "cards").stat().st_mode & 0o777 == 0o700
    pdf = (tmp_path / "cards/cards.pdf").read_bytes()
    assert pdf.startswith(b"%PDF") and pdf.count(b"/Type /Page\n") == 3
    pictures = sorted((tmp_path / "cards").glob("*.svg"))
    assert [one.stat().st_mode & 0o777 for one in pictures] == [0o600] * 3
    codes = [
        "".join(re.findall(r'monospace">([^<]+)<', one.read_text())).replace(" ", "")
        for one in pictures
    ]
    assert codes == [one.card for one in people]

    async def asked() -> int:
        establishment = await new_establishment(place, proved=False)
        addresses = Addresses(KeyRing.open(place.keys))
        secrets = [from_code(code) for code in codes]
        return shown(
            await ask(
                place,
                [
                    question(establishment, Basis.PRESENCE, addresses.card(secret))
                    for secret in secrets
                    if secret is not None
                ],
            )
        )

    assert run(asked()) == 3


def test_one_reference_that_is_wrong_leaves_nothing(place: Place, tmp_path: Path) -> None:
    [person] = _holders(place, 1)
    done = _print(place, tmp_path / "cards", person.amc, person.reference, "NOBODY")
    assert isinstance(done.exception, Refusal) and done.exception.where == "ligne 2"
    assert not (tmp_path / "cards").exists()
    without = next(one for one in place.france.persons if not one.card)
    done = _print(place, tmp_path / "cards", without.amc, without.reference)
    assert isinstance(done.exception, Refusal) and "pas donné de carte" in done.exception.hint
    done = _print(place, tmp_path / "cards", "99999999", "1")
    assert isinstance(done.exception, Refusal) and done.exception.where == "amc"


def test_a_name_is_no_markup() -> None:
    card = Card(
        insurer="A & B <i>", amc="1", holder="Zoé « Œ »", member="1", rank=1, code="0" * 26
    )
    assert "A &amp; B &lt;i&gt;" in svg(card)
    sheet = Sheet()
    sheet.add(card)
    assert sheet.write().startswith(b"%PDF")


@pytest.mark.skipif(not (_RSVG and _ZBAR), reason="apt install librsvg2-bin zbar-tools")
def test_a_reader_reads_the_code(tmp_path: Path) -> None:
    code = "7ZZZZZZZZZ0123456789ABCDEF"
    card = Card(
        insurer="Mutuelle", amc="1", holder="Camille ESSAI", member="1", rank=1, code=code
    )
    (tmp_path / "card.svg").write_text(svg(card))
    subprocess.run([str(_RSVG), "-z", "8", "-o", tmp_path / "card.png", tmp_path / "card.svg"], check=True)  # fmt: skip
    read = subprocess.run([str(_ZBAR), "-q", "--raw", tmp_path / "card.png"], check=True, capture_output=True)  # fmt: skip
    assert read.stdout.decode().strip() == code


def test_fresh_codes_are_128_bits_each() -> None:
    done = CliRunner().invoke(cards, ["codes", "200"])
    codes = done.output.split()
    assert len(set(codes)) == 200 and all(from_code(code) is not None for code in codes)
