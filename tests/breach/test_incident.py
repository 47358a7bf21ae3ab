"""An incident from its first hour: exact victims, clocks, documents sealed to each insurer; nothing guessed, nothing lost."""

import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from joserfc import jwe
from joserfc.jwk import ECKey

from accounts.test_insured import _ask as ask_at_counter
from conftest import Place, Running, now, run
from egide import db
from egide.cli.breach.incident import incident
from egide.cli.log.insurer_key import insurer_key
from egide.client.messages import CLAIM_PATH, claim, item
from egide.core.period import civil_day
from egide.core.refusal import Refusal
from egide.drills import Person
from egide.drills.shows import by_card

_WHAT = "Un accès volé a servi à demander des droits."


def _say(place: Place, *words: str) -> Result:
    command, *rest = words
    return CliRunner().invoke(
        incident, [command, "--data", str(place.settings.data), *rest], env={"COLUMNS": "200"}
    )


def _window() -> list[str]:
    return ["--from", str(now().date() - timedelta(days=1)), "--to", now().isoformat()]


def _tree(folder: Path) -> dict[str, bytes]:
    return {str(one): one.read_bytes() for one in folder.rglob("*") if one.is_file()}


def _opened(place: Place, *actors: str) -> str:
    words = [word for one in actors for word in ("--actor", one)]
    done = _say(place, "open", *words, *_window(), "--what", _WHAT, "--by", "Awa")
    assert done.exit_code == 0, done.output
    return done.output.split()[0]


@pytest.fixture(scope="module")
def seen(server: Running) -> dict[int, list[Person]]:
    """Whom two shops were shown: one person by both."""
    people = [one for one in server.place.france.persons[300:] if one.card and one.covered]
    shops = server.shops("auxiliary")[3:5]
    shown = dict(zip(shops, (people[:6], people[5:9]), strict=True))
    for shop, persons in shown.items():
        for person in persons:
            ask_at_counter(server, shop, by_card(person))
    return shown


def _actor(server: Running, shop: int) -> str:
    return f"establishment:{server.place.france.shops[shop].establishment_id}"


def test_an_establishment_is_named_by_its_finess_too(
    server: Running, seen: dict[int, list[Person]]
) -> None:
    place, shop = server.place, next(iter(seen))
    number = server.place.france.shops[shop].establishment_id

    async def work() -> str:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            query = "select finess from establishment where establishment_id = $1"
            row = await db.first(tx, query, number)
            return "" if row is None else str(row["finess"])

    finess = run(work())
    named = _say(place, "show", _opened(place, f"establishment:{finess}", _actor(server, shop)))
    assert f"{len(seen[shop])} personnes, {len(seen[shop])} réponses" in named.output
    nobody = _say(
        place, "open", "--actor", "establishment:000000000", *_window(), "--what", "x"
    )
    assert isinstance(nobody.exception, Refusal) and nobody.exception.where == "--actor"


@pytest.fixture(scope="module")
def keys(
    server: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, ECKey]]:
    """The keys of the insurers, given; none is left for the tests that follow."""
    folder = tmp_path_factory.mktemp("keys")
    made: dict[str, ECKey] = {}
    for amc in server.place.france.insurers:
        made[amc] = ECKey.generate_key("P-256")
        path = folder / f"{amc}.json"
        path.write_text(json.dumps(made[amc].as_dict(private=False)))
        words = ["--data", str(server.place.settings.data), amc, str(path)]
        assert CliRunner().invoke(insurer_key, words).exit_code == 0
    yield made

    async def gone() -> None:
        async with server.place.store.pool("owner") as pool, db.statement(pool) as tx:
            await db.run(tx, "delete from insurer_key")

    run(gone())


def _listed(folder: Path, amc: str, key: ECKey) -> list[dict[str, Any]]:
    lines = (folder / "assureurs" / amc / "victimes.jwe").read_text().splitlines()
    allowed = ["ECDH-ES+A256KW", "A256GCM"]
    return [
        row
        for line in lines
        for row in json.loads(
            jwe.decrypt_compact(line, key, algorithms=allowed).plaintext or b""
        )
    ]


def test_each_insurer_is_told_of_exactly_its_own(
    server: Running, seen: dict[int, list[Person]], keys: dict[str, ECKey], tmp_path: Path
) -> None:
    place, shops = server.place, list(seen)
    number = _opened(place, *(_actor(server, shop) for shop in shops))
    whom = {person.reference: person for shop in shops for person in seen[shop]}
    shown = _say(place, "show", number)
    assert f"{len(whom)} personnes, {len(whom) + 1} réponses" in shown.output
    # Nothing is said done that nobody noted.
    done = _say(place, "documents", number, "--out", str(tmp_path / "out"))
    assert done.exit_code == 1 and "closed, ou card-only" in done.output
    letter = next((tmp_path / "out").rglob("adulte.txt")).read_text()
    assert (
        "fermé" not in letter
        and "carte est montrée" not in letter
        and "CNIL est prévenue" not in letter
    )
    assert _say(place, "note", number, "card-only", "--proof", "segment").exit_code == 0
    before = _tree(tmp_path / "out")
    done = _say(place, "documents", number, "--out", str(tmp_path / "out"))
    assert isinstance(done.exception, Refusal) and _tree(tmp_path / "out") == before
    shutil.rmtree(tmp_path / "out")
    done = _say(place, "documents", number, "--out", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    told: dict[str, str] = {}
    for amc, key in keys.items():
        own = [one for one in whom.values() if one.amc == amc]
        folder = tmp_path / "out" / "assureurs" / amc
        if not own:
            assert not folder.exists()
            continue
        rows = _listed(tmp_path / "out", amc, key)
        told |= {row["reference"]: amc for row in rows}
        codes = {row["person"]: row["code"] for row in rows}
        assert len(set(codes.values())) == len(own) and all(row["champs"] for row in rows)
        letter = (folder / "lettres" / "adulte.txt").read_text()
        assert "L'accès a été fermé." not in letter and "que si la carte est montrée." in letter
        sealed = (folder / "victimes.jwe").read_bytes()
        listed = json.loads((folder / "avis.json").read_text())["liste"]
        assert listed["sha256"] == hashlib.sha256(sealed).hexdigest()
        assert (
            "Awa" not in (folder / "avis.json").read_text() + (folder / "cnil.json").read_text()
        )
        assert "CNIL est prévenue" not in letter
        notice = json.loads((folder / "avis.json").read_text())
        assert notice["personnes"] == len(own) and notice["destinataire"]["amc"] == amc
        assert json.loads((folder / "cnil.json").read_text())["personnes"] == len(own)
        for other in keys.keys() - {amc}:
            assert other not in (folder / "avis.json").read_text()
        assert (folder / "lettres" / "adulte.html").exists()
    assert told == {reference: person.amc for reference, person in whom.items()}
    for line in (tmp_path / "out" / "SHA256SUMS").read_text().splitlines():
        digest, _, name = line.partition("  ")
        assert hashlib.sha256((tmp_path / "out" / name).read_bytes()).hexdigest() == digest
    for path in (tmp_path / "out", *(tmp_path / "out").rglob("*")):
        assert path.stat().st_mode & 0o077 == 0, path


def test_a_recount_says_who_comes_and_who_goes(
    server: Running, seen: dict[int, list[Person]]
) -> None:
    place, (first, second) = server.place, list(seen)
    number = _opened(place, _actor(server, first))
    wider = _say(
        place,
        "recount",
        number,
        *("--actor", _actor(server, first), "--actor", _actor(server, second)),
        *_window(),
    )
    assert "décompte 2 : 3 de plus, 0 de moins" in wider.output, wider.output
    narrower = _say(place, "recount", number, "--actor", _actor(server, second), *_window())
    assert "décompte 3 : 0 de plus, 5 de moins" in narrower.output
    # The same asked twice, by the shop and by its key, counts an answer once.
    key = _key_of(server, second)
    twice = _say(
        place,
        "recount",
        number,
        *("--actor", _actor(server, second), "--actor", f"key:{key}"),
        *_window(),
    )
    assert "4 personnes, 4 réponses" in twice.output, twice.output


def _key_of(server: Running, shop: int) -> str:
    establishment = server.place.france.shops[shop].establishment_id

    async def work() -> str:
        async with server.place.store.pool("owner") as pool, db.statement(pool) as tx:
            row = await db.first(
                tx,
                "select thumbprint from caller_key where establishment_id = $1",
                establishment,
            )
            return str(row["thumbprint"]) if row else ""

    return run(work())


def test_duties_are_noted_once_with_their_proof(
    server: Running, seen: dict[int, list[Person]]
) -> None:
    place, (first, _) = server.place, list(seen)
    number = _opened(place, _actor(server, first))
    amc = seen[first][0].amc
    assert "pas commencé" in _say(place, "show", number).output
    for act in ("D1", "not-high-risk"):
        words = ["--for", amc, "--proof", "AR 12", "--by", "Awa", "--at", now().isoformat()]
        done = _say(place, "note", number, act, *words)
        assert done.exit_code == 0, done.output
    rows = [
        line for line in _say(place, "show", number).output.splitlines() if f" {amc} " in line
    ]
    assert any(re.search(r"\bD1\b.*fait", row) for row in rows)
    assert any(re.search(r"\bD2\b.*court", row) for row in rows)
    refused = (
        ("D1", "--for", amc),  # at what hour
        ("D99", "--for", amc),
        ("D2", "--for", "999999999"),
        ("D2",),  # an insurer's
        ("D3", "--for", amc),  # ours
        ("closed", "--for", amc),
        ("D11",),  # not in force
        ("D2", "--for", amc, "--at", "2001-01-01"),  # before we knew
    )
    for words in refused:
        done = _say(place, "note", number, *words, "--proof", "x", "--by", "Bo")
        assert isinstance(done.exception, Refusal), words
    done = _say(place, "note", number, "D2", "--for", amc, "--proof", " ", "--by", "Bo")
    assert isinstance(done.exception, Refusal)
    future = str(now().date() + timedelta(days=2))
    done = _say(place, "note", number, "D2", "--for", amc, "--proof", "x", "--at", future)
    assert isinstance(done.exception, Refusal)


@pytest.mark.parametrize(
    ("actor", "since", "until"),
    [
        ("establishment:018f0000-0000-7000-8000-000000000001", -1, 1),
        ("vendor:Personne", -1, 1),
        ("nobody", -1, 1),
        (None, 5, 9),
        (None, -1, 99),
        (None, 1, -1),
    ],
)
def test_an_actor_that_never_was_and_a_window_to_come_open_nothing(
    server: Running, actor: str | None, since: int, until: int
) -> None:
    place, today = server.place, now().date()
    before = _say(place, "list").output
    named = actor or _actor(server, server.shops("auxiliary")[3])
    words = [
        "--from",
        str(today + timedelta(days=since)),
        "--to",
        str(today + timedelta(days=until)),
    ]
    done = _say(place, "open", "--actor", named, *words, "--what", _WHAT)
    assert isinstance(done.exception, Refusal)
    assert _say(place, "list").output == before


def test_what_the_window_still_brings_is_in_the_documents(
    server: Running, keys: dict[str, ECKey], tmp_path: Path
) -> None:
    place, shop = server.place, server.shops("auxiliary")[5]
    people = [one for one in server.place.france.persons[330:] if one.card and one.covered][:2]
    ask_at_counter(server, shop, by_card(people[0]))
    ends = now() + timedelta(hours=3)
    words = ["--from", str(now().date() - timedelta(days=1)), "--to", ends.isoformat()]
    opened = _say(
        place,
        "open",
        "--actor",
        _actor(server, shop),
        *words,
        "--what",
        "Un\naccès\x1b[31m volé.",
    )
    number = opened.output.split()[0]
    assert "1 personne, 1 réponses" in opened.output and "n'est pas finie" in opened.output
    assert "\x1b" not in opened.output and "Un accès [31m volé." in opened.output
    ask_at_counter(server, shop, by_card(people[1]))
    _say(place, "note", number, "closed", "--proof", "segment")
    done = _say(place, "documents", number, "--out", str(tmp_path / "out"))
    # Nobody is told that it is not concerned while somebody may yet be.
    assert done.exit_code == 1 and "non-concerne : la fenêtre n'est pas finie" in done.output
    assert f"{people[0].amc}, non-concerne : " in done.output
    told = [
        row["reference"]
        for amc in {one.amc for one in people}
        for row in _listed(tmp_path / "out", amc, keys[amc])
    ]
    assert sorted(told) == sorted(one.reference for one in people)
    letter = next((tmp_path / "out").rglob("adulte.txt")).read_text()
    assert "L'accès a été fermé." in letter and f"{now():%d/%m/%Y}" in letter
    # Nor is anything told of an hour to come.
    notice = json.loads(next((tmp_path / "out").rglob("avis.json")).read_text())
    assert datetime.fromisoformat(notice["fin"]) <= now() < ends


def test_a_person_seen_twice_has_one_line_and_one_letter(
    server: Running, keys: dict[str, ECKey], tmp_path: Path
) -> None:
    place, shop = server.place, server.shops("auxiliary")[6]
    person = next(one for one in server.place.france.persons[345:] if one.card and one.covered)
    ask_at_counter(server, shop, by_card(person))
    day = now().date().isoformat()
    body = claim(by_card(person), "BREACH-1", day, [item(1, "ngap:AMI", 315, day)])

    async def bill() -> int:
        return (
            await server.software(shop).call(server.wire(), "POST", CLAIM_PATH, now(), body)
        ).status

    assert run(bill()) == 200
    number = _opened(place, _actor(server, shop))
    _say(place, "documents", number, "--out", str(tmp_path / "out"))
    [row] = _listed(tmp_path / "out", person.amc, keys[person.amc])
    assert row["purposes"] == ["claim", "rights"] and row["answers"] == 2
    assert (
        row["champs"] == "la mutuelle, les dates de couverture, l'année de naissance et un prix"
    )
    assert row["premier"] == row["dernier"] == f"{civil_day(now()):%d/%m/%Y}"
    assert (
        "l'année de naissance et un prix"
        in (tmp_path / "out" / "egide" / "presse.txt").read_text()
    )


def test_an_insurer_that_was_told_and_is_left_out_by_a_recount_is_told_so(
    server: Running, seen: dict[int, list[Person]], keys: dict[str, ECKey], tmp_path: Path
) -> None:
    place, (first, second) = server.place, list(seen)
    number = _opened(place, _actor(server, first))
    left = {one.amc for one in seen[first]} - {one.amc for one in seen[second]}
    amc = min(left or {one.amc for one in seen[first]})
    words = ["--for", amc, "--proof", "AR 1", "--at", now().isoformat()]
    assert _say(place, "note", number, "D1", *words).exit_code == 0
    nobody = server.shops("auxiliary")[7]
    _say(place, "recount", number, "--actor", _actor(server, nobody), *_window())
    assert _say(place, "note", number, "D2", "--for", amc, "--proof", "CNIL 7").exit_code == 0
    _say(place, "documents", number, "--out", str(tmp_path / "out"))
    [folder] = (tmp_path / "out" / "assureurs").iterdir()
    assert folder.name == amc and "Rectificatif" in (folder / "avis.txt").read_text()
    assert not (folder / "victimes.jwe").exists() and not (folder / "lettres").exists()
    assert json.loads((folder / "cnil.json").read_text())["type"] == "complémentaire"
    closed = _say(place, "close", number, "--by", "Awa").output
    assert "Clos" in closed and "Reste dû" in closed
    assert keys


def test_a_closed_incident_is_not_recounted_and_an_insurer_without_key_is_named(
    server: Running, seen: dict[int, list[Person]], keys: dict[str, ECKey], tmp_path: Path
) -> None:
    place, (first, _) = server.place, list(seen)
    number = _opened(place, _actor(server, first))
    amc = seen[first][0].amc
    gone = "delete from insurer_key where insurer_id = (select insurer_id from insurer where amc_number = $1) returning jwk"

    async def without() -> None:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            await db.many(tx, gone, amc)

    run(without())
    done = _say(place, "documents", number, "--out", str(tmp_path / "out"))
    assert done.exit_code == 1 and f"{amc} n'a pas donné de clé" in done.output
    folder = tmp_path / "out" / "assureurs" / amc
    assert (folder / "avis.json").exists() and not (folder / "victimes.jwe").exists()
    assert json.loads((folder / "avis.json").read_text())["liste"] is None
    assert "scellée" not in (folder / "avis.txt").read_text()
    assert keys
    assert "Clos" in _say(place, "close", number, "--by", "Awa").output
    again = _say(place, "recount", number, "--actor", _actor(server, first), *_window())
    assert isinstance(again.exception, Refusal)
