"""A mistyped folder of data is refused by its name: nothing is made there, and nothing empty is told."""

import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import click
import pytest
from click.testing import CliRunner
from joserfc.jwk import ECKey

from egide.cli.main import egide
from egide.core.ids import to_code
from egide.core.refusal import Refusal, RefusalCode

_ONE = "018f0000-0000-7000-8000-000000000001"

# These begin an installation, or are not about what one holds.
_BEGIN = {
    "demo",
    "drill",
    "import directory",
    "import finess",
    "import nomenclature bdpm",
    "import nomenclature ccam",
    "import nomenclature lpp",
    "import nomenclature nabm",
    "import nomenclature table",
    "migrate",
    "plans publish",
    "restore",
    "portal",
    "serve",
    "stop",
}

_READ = {
    "backup confirm": "--by Trésorière",
    "backup keys": "OUT",
    "backup run": "--to OUT",
    "backup take": "--to OUT",
    "bank release": "750000001",
    "bank say": "R1/1 charges",
    "bank take": "FILE --account FR7630006000011234567890189",
    "bank unmatched": "",
    "canaries": "--amc 775600001 --label fuite FILE",
    "cards print": "--amc 775600001 --out OUT FILE",
    "check": "",
    "erase": "--amc 775600001 ADH-1",
    "facts": "--webhook http://127.0.0.1:9/",
    "funds mandates": "",
    "funds registered": "RUM-1",
    "funds stopped": "RUM-1",
    "import members": "FILE",
    "incident close": to_code(UUID(_ONE)),
    "incident documents": f"{to_code(UUID(_ONE))} --out OUT",
    "incident list": "",
    "incident note": f"{to_code(UUID(_ONE))} D1 --proof AR",
    "incident open": f"--actor establishment:{_ONE} --from 2026-01-01 --to 2026-01-02 --what essai",
    "incident recount": f"{to_code(UUID(_ONE))} --actor establishment:{_ONE} --from 2026-01-01 --to 2026-01-02",
    "incident show": to_code(UUID(_ONE)),
    "insurer-key": "775600001 JWK",
    "import network": "FILE",
    "networks": "",
    "insurer-service numbers": "775600001 FILE",
    "insurer-service set": "775600001 --url https://amc.test --public-key " + "A" * 43 + "=",
    "insurer-service show": "",
    "ledger accounts": "",
    "ledger hledger": "",
    "ledger statement": "--amc 775600001",
    "keys concentrator": "uw3gRV1Tt0Uf6sB1pJZl1bq6NmpU0bCw3b2S6n0Q1aA Relais",
    "keys enrol": f"--establishment {_ONE} --software {_ONE} --origin http://127.0.0.1 FILE",
    "keys revoke": f"--establishment {_ONE} uw3gRV1Tt0Uf6sB1pJZl1bq6NmpU0bCw3b2S6n0Q1aA",
    "keys software": "",
    "log export": "OUT",
    "log key": "",
    "log run": "",
    "metrics": "",
    "pay": "--debtor-name Égide --debtor-iban FR7630006000011234567890189",
    "people close": _ONE,
    "people codes": "--amc 775600001 --out OUT FILE",
    "people invite": "--role operator --label Astreinte",
    "people invite-again": _ONE,
    "people notices": "--mailbox MAILBOX",
    "prove": f"{_ONE} --out OUT",
    "plans audit": "PROPRETE-ART9",
    "plans check": "FILE",
    "plans diff": "PROPRETE-ART9 PROPRETE-ART9",
    "plans explain": "PROPRETE-ART9 ngap:G=30",
    "plans show": "PROPRETE-ART9",
    "proved": _ONE,
    "ranking": "",
    "statistics": "",
    "reprice": "",
    "revoke-card": to_code(UUID(_ONE)),
    "segment": "flow rights card-only --reason essai",
    "segments": "",
    "unjustified": _ONE,
    "victims": f"--actor establishment:{_ONE} --from 2026-01-01 --to 2026-01-02",
}

_FILES = {
    "FILE": "ADH-1\n",
    "JWK": json.dumps(ECKey.generate_key("P-256").as_dict(private=False)),
    "MAILBOX": json.dumps(
        {"host": "127.0.0.1", "sender": "egide@localhost", "security": "none"}
    ),
}


def _about_data(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, below in command.commands.items():
            yield from _about_data(below, (*words, name))
    elif any(one.name == "data" for one in command.params):
        yield " ".join(words)


def test_each_command_about_data_is_known_here() -> None:
    assert set(_about_data(egide)) == _BEGIN | set(_READ)


@pytest.mark.parametrize("command", sorted(_READ))
def test_nothing_is_told_of_a_folder_where_nothing_was_installed(
    command: str, tmp_path: Path
) -> None:
    mistyped = tmp_path / "varr"
    for name, content in _FILES.items():
        (tmp_path / name).write_text(content)
        (tmp_path / name).chmod(0o600)
    rest = [
        str(tmp_path / one) if one in {*_FILES, "OUT"} else one
        for one in _READ[command].split()
    ]
    done = CliRunner().invoke(egide, [*command.split(), "--data", str(mistyped), *rest])
    assert isinstance(done.exception, Refusal), done.output
    assert (done.exception.code, done.exception.where) == (
        RefusalCode.NOT_INSTALLED,
        f"--data {mistyped}",
    )
    assert sorted(one.name for one in tmp_path.iterdir()) == sorted(_FILES)
