"""Care networks: who is in one is told by its file, at its prices, on its days."""

import json
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from click.testing import CliRunner

from conftest import Running
from egide.cli.main import egide
from egide.client.messages import claim, item
from egide.core.refusal import Refusal
from egide.drills import Person
from egide.drills.shows import by_card
from egide.networks import NetworkReport, take_in_network
from payments.builders import with_pool
from preauth.builders import (
    DAY,
    broken,
    change,
    control,
    demand,
    paid,
    rows,
    sent,
)

_TODAY = date.fromisoformat(DAY)


def _take(server: Running, *records: dict[str, Any]) -> NetworkReport:
    lines = [json.dumps(one).encode() + b"\n" for one in records]
    return with_pool(server.place, lambda pool: take_in_network(pool, lines), "owner")


def _head(version: int, code: str = "ESSAI-RESEAU") -> dict[str, Any]:
    return {"kind": "network", "code": code, "name": "Essai", "version": version}


def _member(
    server: Running, shop: int, *, since: int = -30, until: int | None = None
) -> dict[str, Any]:
    said: dict[str, Any] = {
        "kind": "member",
        "establishment": str(server.place.france.shops[shop].establishment_id),
        "from": (_TODAY + timedelta(days=since)).isoformat(),
    }
    if until is not None:
        said["to"] = (_TODAY + timedelta(days=until)).isoformat()
    return said


def _of(amc: str, since: int = -30) -> dict[str, Any]:
    return {"kind": "insurer", "amc": amc, "from": (_TODAY + timedelta(days=since)).isoformat()}


def _price(act: str, cents: int, since: int = -30) -> dict[str, Any]:
    day = (_TODAY + timedelta(days=since)).isoformat()
    return {"kind": "price", "act": act, "cents": cents, "from": day}


@pytest.fixture(autouse=True)
def gone(server: Running) -> Iterator[None]:
    yield
    for table in ("network_insurer", "network_member", "network_price", "care_network"):
        change(server, f"delete from {table}")


@pytest.fixture
def shop(server: Running) -> int:
    return server.shops("optician")[2]


def _who(server: Running, number: int) -> Person:
    every = [one for one in server.place.france.persons if one.covered and one.card]
    return every[200 + number]


def _lens(cents: int, *, said: bool = False) -> dict[str, Any]:
    one = item(1, "grouping:VU1", cents, DAY, side="left")
    if said:
        one["modifier"] = [{"coding": [{"system": "urn:egide:situation", "code": "network"}]}]
    return one


def _billed(
    server: Running, shop: int, who: Person, number: str, line: dict[str, Any]
) -> dict[str, Any]:
    return sent(server, shop, claim(by_card(who), number, DAY, [line]))


class TestWhoIsWithin:
    def test_nobody_is_who_says_so_alone(self, server: Running, shop: int) -> None:
        answer = _billed(server, shop, _who(server, 1), "NW-1", _lens(8_000, said=True))
        assert control(answer) == "P02"

    def test_the_file_says_who_is(self, server: Running, shop: int) -> None:
        who, other = _who(server, 2), server.shops("optician")[3]
        report = _take(server, _head(1), _of(who.amc), _member(server, shop))
        assert (report.code, report.is_new, report.faults) == ("ESSAI-RESEAU", True, ())
        for number, (at, said, found) in enumerate(
            (
                (shop, True, None),
                (shop, False, None),
                (other, True, "P02"),
                (other, False, None),
            )
        ):
            line = _lens(8_100 + number, said=said)
            answer = _billed(server, at, who, f"NW-2{number}", line)
            assert (control(answer) if "error" in answer else None) == found
        kept = rows(
            server,
            "select c.invoice, l.network from claim_line l join claim c using (claim_id)"
            " where c.invoice like 'NW-2_' order by 1",
        )
        assert [one["network"] for one in kept] == ["ESSAI-RESEAU", "ESSAI-RESEAU", None]

    def test_another_insurers_persons_are_outside(self, server: Running, shop: int) -> None:
        who = _who(server, 3)
        amc = next(one for one in server.place.france.insurers if one != who.amc)
        _take(server, _head(1), _of(amc), _member(server, shop))
        answer = _billed(server, shop, who, "NW-3", _lens(8_200, said=True))
        assert control(answer) == "P02"

    @pytest.mark.parametrize(
        ("since", "until", "within"), [(0, 0, True), (-9, -1, False), (1, None, False)]
    )
    def test_on_its_days(
        self, server: Running, shop: int, since: int, until: int | None, within: bool
    ) -> None:
        who = _who(server, 4)
        _take(server, _head(1), _of(who.amc), _member(server, shop, since=since, until=until))
        answer = _billed(server, shop, who, f"NW-4{since}", _lens(8_300 + since, said=True))
        assert ("error" not in answer) == within


class TestPrices:
    def test_above_the_price_agreed_is_rejected_and_the_code_comes_first(
        self, server: Running, shop: int
    ) -> None:
        who = _who(server, 5)
        prices = [
            _price("verre-b-simple", 7_000),
            _price("grouping:VU1", 9_000),
            _price("grouping:VU1", 5_000, since=1),
        ]
        _take(server, _head(1), _of(who.amc), _member(server, shop), *prices)
        above = _billed(server, shop, who, "NW-5", _lens(9_001))
        assert control(above) == "A07" and "90,00" in above["error"][0]["code"]["text"]
        answer = _billed(server, shop, who, "NW-6", _lens(9_000))
        assert "error" not in answer
        [kept] = rows(
            server,
            "select network_cents from claim_line l join claim c using (claim_id) where invoice = 'NW-6'",
        )
        assert kept["network_cents"] == 9_000
        held = sent(server, shop, demand(who, "NW-D1", [_lens(9_500)]))
        assert control(held) == "A07"
        assert not broken(server)

    def test_of_two_networks_the_least_price_holds(self, server: Running, shop: int) -> None:
        who = _who(server, 6)
        for code, cents in (("ESSAI-A", 9_000), ("ESSAI-B", 8_000)):
            _take(
                server,
                _head(1, code),
                _of(who.amc),
                _member(server, shop),
                _price("grouping:VU1", cents),
            )
        assert control(_billed(server, shop, who, "NW-7", _lens(8_500))) == "A07"
        assert "error" not in _billed(server, shop, who, "NW-8", _lens(7_900))

    def test_what_was_decided_is_priced_again_as_it_was(
        self, server: Running, shop: int
    ) -> None:
        who = _who(server, 7)
        _take(
            server, _head(1), _of(who.amc), _member(server, shop), _price("grouping:VU1", 9_000)
        )
        before = paid(_billed(server, shop, who, "NW-9", _lens(8_700)))
        change(server, "delete from network_member")
        done = CliRunner().invoke(
            egide, ["reprice", "--data", str(server.place.settings.data), "--json"]
        )
        assert done.exit_code == 0, done.output
        assert before >= 0 and '"changed": 0' in done.output


class TestFiles:
    def test_a_version_is_taken_once_and_an_older_one_never(
        self, server: Running, shop: int
    ) -> None:
        who = _who(server, 8)
        whole = (_of(who.amc), _member(server, shop))
        assert _take(server, _head(2), *whole).is_new
        assert not _take(server, _head(2), *whole).is_new
        for head in (_head(1), {**_head(2), "name": "Autre"}):
            with pytest.raises(Refusal) as refused:
                _take(server, head, *whole)
            assert refused.value.where == "version"
        assert _take(server, _head(3), _of(who.amc)).is_new
        assert control(_billed(server, shop, who, "NW-10", _lens(8_800, said=True))) == "P02"

    @pytest.mark.parametrize(
        "records",
        [
            [_price("grouping:VU1", 1)],
            [_head(1), _head(2)],
            [_head(0)],
            [{**_head(1), "code": "bas"}],
            [_head(1), _of("999999999")],
            [_head(1), _price("grouping:VU1", 0)],
            [_head(1), _price("verre-inconnu", 100)],
            [_head(1), _price("grouping:VU1", 100), _price("grouping:VU1", 200)],
            [_head(1), {"kind": "member", "establishment": "0" * 8, "from": DAY}],
            [
                _head(1),
                {
                    "kind": "member",
                    "establishment": "00000000-0000-0000-0000-000000000000",
                    "from": DAY,
                },
            ],
            [
                _head(1),
                {"kind": "price", "act": "grouping:VU1", "cents": 9, "from": DAY, "x": 1},
            ],
        ],
    )
    def test_a_fault_refuses_the_file_whole(
        self, server: Running, records: list[dict[str, Any]]
    ) -> None:
        report = _take(server, *records)
        assert report.faults and not report.is_new
        assert not rows(server, "select * from care_network")

    def test_days_said_twice_are_refused(self, server: Running, shop: int) -> None:
        once, again = _member(server, shop, until=5), _member(server, shop, since=5)
        assert [line for line, _, _ in _take(server, _head(1), once, again).faults] == [3]

    def test_its_partner_sees_no_person(self, server: Running, shop: int) -> None:
        who = _who(server, 9)
        _take(
            server, _head(1), _of(who.amc), _member(server, shop), _price("grouping:VU1", 9_000)
        )
        _billed(server, shop, who, "NW-11", _lens(8_900))
        done = CliRunner().invoke(
            egide,
            ["networks", "ESSAI-RESEAU", "--data", str(server.place.settings.data), "--json"],
        )
        assert done.exit_code == 0, done.output
        said = json.loads(done.output)
        assert set(said) == {"network", "members", "prices", "activity"}
        assert said["activity"] == []  # of one person
        assert set(said["members"][0]) == {
            "finess",
            "name",
            "profession",
            "from_on",
            "until_on",
        }


def test_the_database_is_asked_of_adherences_each_time(server: Running, shop: int) -> None:
    """An adherence that ended is felt at the next invoice, in every process."""
    who = _who(server, 10)
    _take(server, _head(1), _of(who.amc), _member(server, shop))
    assert "error" not in _billed(server, shop, who, "NW-12", _lens(8_910, said=True))
    change(server, "update network_member set until_on = $1", _TODAY - timedelta(days=1))
    assert control(_billed(server, shop, who, "NW-13", _lens(8_911, said=True))) == "P02"
