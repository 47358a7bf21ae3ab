"""Batches over HTTP: each line as if it came alone, a rotten one beside the others, cut anywhere and resumed."""

import asyncio
import json
import random
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conftest import Running, now, run
from egide.batches.read import FORMAT, Line, read_page
from egide.client.messages import CLAIM_PATH, claim, item
from egide.core.refusal import Refusal
from egide.doubles.wire import Reply, write_request
from egide.drills import Person
from egide.drills.shows import by_card
from preauth.builders import DAY, broken, call, change, person, refused, rows
from spreadsheets import rows_of

_NDJSON, _CSV = "application/x-ndjson", "text/csv"
_HEAD = b"egide-batch/1;L;1\n"


async def _send(
    server: Running, shop: int, method: str, path: str, body: bytes, media: str
) -> Reply:
    software, at = server.software(shop), now()
    await software.ready(server.wire(), at)
    route = path.partition("?")[0]
    headers = {
        "Content-Type": media,
        "Authorization": f"DPoP {software.token}",
        "DPoP": software.proof(method, route, at, token=software.token),
    }
    return await server.wire().send(write_request(method, path, headers, body))


def _call(
    server: Running, shop: int, method: str, path: str, body: bytes = b"", media: str = _NDJSON
) -> tuple[int, Any]:
    reply = run(_send(server, shop, method, path, body, media))
    return reply.status, msgspec.json.decode(reply.body)


def _page(batch: str, lines: list[Any], first: int = 1) -> bytes:
    head = {"format": FORMAT, "batch": batch, "from": first}
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return "\n".join([json.dumps(head), *texts]).encode()


def _line(
    who: Person, invoice: str, cents: int = 2000, act: str = "grouping:PH7"
) -> dict[str, Any]:
    items = [{"act": act, "cents": cents, "on": DAY}]
    return {"who": {"card": who.card}, "invoice": invoice, "items": items}


@pytest.fixture
def shop(server: Running) -> int:
    return server.shops("pharmacy")[5]


def test_each_line_has_its_own_answer(server: Running, shop: int) -> None:
    who = [person(server, number) for number in range(20, 26)]
    typed = {
        "amc": who[1].amc,
        "member": who[1].member,
        "birth": who[1].birth,
        "rank": 1,
    }
    lines = [
        _line(who[0], "BA-1", 2011),
        _line(who[1], "BA-2", 2012) | {"who": typed},
        '{"who": {"card": "',
        _line(who[2], "BA-4", 2013, "ccam:HBLD491"),
        _line(who[3], "BA-5", 2014) | {"who": {"card": "0" * 26}},
        _line(who[4], "BA-6", -5),
        {"invoice": "BA-7", "items": [], "who": {"card": who[5].card}},
        _line(who[5], "BA-8", 2016) | {"surprise": 1},
    ]
    status, answer = _call(server, shop, "POST", "/batches", _page("LOT-A", lines))
    assert status == 200
    seen = [(one["line"], one["outcome"], one["code"]) for one in answer["lines"]]
    assert seen == [
        (1, "accepted", None),
        (2, "accepted", None),
        (3, "refused", "body-invalid"),
        (4, "rejected", "P01"),
        (5, "refused", "rights-not-shown"),
        (6, "refused", "amount-invalid"),
        (7, "refused", "value-missing"),
        (8, "refused", "value-invalid"),
    ]
    assert [one["place"] for one in answer["lines"]][3:7] == [
        "items[0]",
        None,
        "items[0].net.value",
        "items",
    ]
    assert answer["totals"]["next"] == 9
    odd = [_line(who[0], "=1+1\u0000"), {"cancel": "@x"}]
    said = _call(server, shop, "POST", "/batches", _page("LOT-A2", odd))[1]["lines"]
    assert [(one["number"], one["outcome"]) for one in said] == [("", "refused")] * 2
    assert answer["totals"]["amc_cents"] == sum(
        one["amc_cents"] or 0 for one in answer["lines"]
    )
    shown = _call(server, shop, "GET", "/batches/LOT-A")[1]
    assert shown["totals"] == answer["totals"]
    reply = run(_send(server, shop, "GET", "/batches/LOT-A/returns?from=4", b"", _CSV))
    table = rows_of(reply.body)
    assert [row["line"] for row in table] == ["4", "5", "6", "7", "8"]
    assert table[0]["code"] == "P01" and "profession" in table[0]["said"]
    assert broken(server) == []


def test_a_line_is_the_invoice_that_it_would_be_alone(server: Running, shop: int) -> None:
    who = person(server, 26)
    body = claim(by_card(who), "BA-20", DAY, [item(1, "grouping:PH7", 2021, DAY)])
    reply = run(server.software(shop).call(server.wire(), "POST", CLAIM_PATH, now(), body))
    alone = msgspec.json.decode(reply.body)
    answer = _call(
        server, shop, "POST", "/batches", _page("LOT-B", [_line(who, "BA-20", 2021)])
    )[1]
    [one] = answer["lines"]
    assert (one["outcome"], one["claim"]) == ("accepted", alone["id"])
    other = _call(
        server, shop, "POST", "/batches", _page("LOT-C", [_line(who, "BA-20", 2022)])
    )[1]
    assert other["lines"][0]["code"] == "invoice-reused"


def test_corrections_and_cancellations_come_in_batches(server: Running, shop: int) -> None:
    who = person(server, 27)
    _call(
        server,
        shop,
        "POST",
        "/batches",
        _page("LOT-D", [_line(who, "BA-30", 2031), _line(who, "BA-31", 2032)]),
    )
    lines = [
        _line(who, "BA-32", 1900) | {"replaces": "BA-30"},
        {"cancel": "BA-31"},
        {"cancel": "BA-NO"},
    ]
    answer = _call(server, shop, "POST", "/batches", _page("LOT-D", lines, 3))[1]
    assert [(one["outcome"], one["code"]) for one in answer["lines"]] == [
        ("accepted", None),
        ("cancelled", None),
        ("refused", "claim-unknown"),
    ]
    states = rows(
        server, "select invoice, state from claim where invoice like 'BA-3_' order by 1"
    )
    assert [row["state"] for row in states] == ["cancelled", "cancelled", "payable"]


def test_an_invoice_of_before_is_tried_in_a_batch_or_a_correction_a_hundred_times_a_day(
    server: Running,
) -> None:
    shop = server.shops("pharmacy")[6]
    who = person(server, 31)
    mine = server.place.france.shops[shop].establishment_id
    _call(server, shop, "POST", "/batches", _page("LOT-T", [_line(who, "BT-1", 2033)]))
    change(
        server,
        "insert into gate.number_tried values ($1, (now() at time zone 'UTC')::date, 97)",
        mine,
    )
    lines = [
        {"cancel": "BT-NO1"},
        _line(who, "BT-2", 1900) | {"replaces": "BT-NO2"},
    ]
    answer = _call(server, shop, "POST", "/batches", _page("LOT-T", lines, 2))[1]
    assert [one["code"] for one in answer["lines"]] == ["claim-unknown"] * 2
    corrections = [
        claim(
            by_card(who), f"BT-{n}", DAY, [item(1, "grouping:PH7", 2000, DAY)], replaces=prior
        )
        for n, prior in enumerate(("BT-NO3", "BT-NO4", "BT-1"), start=3)
    ]
    said = [call(server, shop, one, CLAIM_PATH)[1] for one in corrections]
    assert [refused(one) for one in said] == ["claim-unknown", "reread-limit", "reread-limit"]
    answer = _call(server, shop, "POST", "/batches", _page("LOT-T", [{"cancel": "BT-1"}], 4))[1]
    assert [one["code"] for one in answer["lines"]] == ["reread-limit"]
    # What names no invoice of before is taken as ever.
    answer = _call(server, shop, "POST", "/batches", _page("LOT-T", [_line(who, "BT-9")], 5))[1]
    assert [one["outcome"] for one in answer["lines"]] == ["accepted"]


def test_a_batch_cut_at_any_byte_is_resumed_and_decides_each_line_once(
    server: Running, shop: int
) -> None:
    rng = random.Random(3)
    lines = [_line(person(server, 80 + n % 15), f"BA-4{n:02d}", 3000 + n) for n in range(40)]
    for _ in range(6):
        whole = _page("LOT-E", lines)
        cut = whole[: rng.randrange(60, len(whole))]
        _call(server, shop, "POST", "/batches", cut)
    answer = _call(server, shop, "POST", "/batches", _page("LOT-E", lines))[1]
    assert {one["outcome"] for one in answer["lines"]} == {"accepted"}
    again = _call(server, shop, "POST", "/batches", _page("LOT-E", lines))[1]
    assert again == answer
    found = rows(server, "select count(*) as n from claim where invoice like 'BA-4__'")
    assert found[0]["n"] == 40
    # A number of a line that was decided is that line's for ever.
    changed = _call(
        server,
        shop,
        "POST",
        "/batches",
        _page("LOT-E", [_line(person(server, 1), "BA-499")], 3),
    )[1]
    assert changed["lines"][0]["code"] == "invoice-reused"
    assert rows(server, "select 1 as n from claim where invoice = 'BA-499'") == []
    assert broken(server) == []


def test_a_spreadsheets_csv_is_taken(server: Running, shop: int) -> None:
    who = person(server, 28)
    text = (
        "\ufeffegide-batch/1;LOT-F;1;;;\r\n"
        "invoice;card;act;price;on;situation\r\n"
        f"BA-50;{who.card};grouping:PH7;12,34;{DAY};\r\n"
        f"BA-50;{who.card};grouping:PH4;4.5;{DAY};\r\n"
        f"BA-51;{who.card};grouping:PH7;douze;{DAY};\r\n"
        f"BA-52;{who.card};grouping:PH7;7;{DAY};ald repeated\r\n"
        ";;;;;\r\n"
    )
    answer = _call(server, shop, "POST", "/batches", text.encode(), _CSV)[1]
    seen = [(one["outcome"], one["code"], one["place"]) for one in answer["lines"]]
    assert seen == [
        ("accepted", None, None),
        ("refused", "amount-invalid", "price"),
        ("accepted", None, None),
    ]
    total = rows(server, "select expense_cents from claim where invoice = 'BA-50'")
    assert total[0]["expense_cents"] == 1234 + 450


@pytest.mark.parametrize(
    ("body", "media", "code"),
    [
        (b"{}", _NDJSON, "body-invalid"),
        (b'{"format":"egide-batch/9","batch":"L","from":1}\n{}', _NDJSON, "value-invalid"),
        (b'{"format":"egide-batch/1","batch":"L;","from":1}\n{}', _NDJSON, "value-invalid"),
        (b'{"format":"egide-batch/1","batch":"L","from":0}\n{}', _NDJSON, "value-invalid"),
        (b'{"format":"egide-batch/1","batch":"L","from":1}\n', _NDJSON, "value-invalid"),
        (
            b'{"format":"egide-batch/1","batch":"L"}\n' + b"{}\n" * 1001,
            _NDJSON,
            "value-invalid",
        ),
        (b"\xff\xfe", _NDJSON, "body-invalid"),
        (b"egide-batch/1;L\ninvoice\nF", _CSV, "body-invalid"),
        (b"egide-batch/1;L;1\nfacture\nF", _CSV, "body-invalid"),
        (b"{}", "application/json", "media-type-unsupported"),
        (b"egide-batch/1;L;" + b"9" * 5000 + b"\ninvoice\nF", _CSV, "body-invalid"),
        (b"egide-batch/1;L;99999999\ninvoice\nF", _CSV, "value-invalid"),
        (_HEAD + b"invoice;act;price\nF;a:b\rc;3\n", _CSV, "value-invalid"),
        (_HEAD + b"invoice;act;price\nF;" + b"a" * 140_000 + b";3\n", _CSV, "value-invalid"),
        (_HEAD + b'invoice;act;price\nF;"a:b;3\nG;a:b;3\n', _CSV, "value-invalid"),
        (_HEAD + b"invoice;act;price\nF;a:b;3;ald\n", _CSV, "value-invalid"),
        (_HEAD + b"invoice;act;;price\nF;a:b;ald;3\n", _CSV, "value-invalid"),
        (_HEAD + b"invoice;price;price\nF;3;4\n", _CSV, "body-invalid"),
    ],
)
def test_a_wrong_page_takes_nothing(
    server: Running, shop: int, body: bytes, media: str, code: str
) -> None:
    status, said = _call(server, shop, "POST", "/batches", body, media)
    assert status in {400, 415, 422}
    assert said["issue"][0]["details"]["coding"][0]["code"] == code


@pytest.mark.parametrize(
    ("price", "quantity", "place"),
    [
        *(
            (price, "1", "price")
            for price in ("1e999999", "1e6000", "-3", "+3", "1_0", "30,000")
        ),
        *(("3", quantity, "quantity") for quantity in ("9" * 5000, "1,5", "-1", "\u0661")),
    ],
)
def test_a_number_that_is_none_refuses_its_line_alone(
    price: str, quantity: str, place: str
) -> None:
    rest = f"invoice;act;price;quantity\nF;a:b;{price};{quantity}\nG;a:b;3,5;1\n"
    bad, good = read_page(_HEAD + rest.encode(), is_csv=True).lines
    assert isinstance(bad.said, Refusal)
    assert bad.said.where == place
    assert isinstance(good.said, Line)
    assert good.said.items[0].cents == 350


@pytest.mark.parametrize("end", ["\u2028", "\x85", "\x1c"])
def test_lines_end_where_their_sender_ends_them(end: str) -> None:
    """Our numbers are its numbers: what Python also takes for the end of a line is none in NDJSON."""
    texts = [f'{{"invoice":"A","replaces":"x{end}y"}}', '{"cancel":"B"}']
    page = read_page(_page("L", texts), is_csv=False)
    assert [(one.number, one.invoice) for one in page.lines][-1] == (2, "B")


@pytest.mark.parametrize("first", ["0", "-1", "x", "000000001999999999999"])
def test_returns_are_asked_from_the_number_of_a_line(
    server: Running, shop: int, first: str
) -> None:
    status, said = _call(server, shop, "GET", f"/batches/LOT-N/returns?from={first}")
    assert (status, said["issue"][0]["expression"]) == (422, ["from"])


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"invoice":"A","cancel":"B"}', "cancel"),
        ('{"replaces":"A","cancel":"B"}', "cancel"),
        ('{"cancel":"A","cancel":"B"}', ""),
        ('{"invoice":"A","s":' + "[" * 3000 + "]" * 3000 + "}", ""),
        ('{"cancel":"\\u0000"}', ""),
    ],
)
def test_a_line_that_says_two_things_is_refused_alone(text: str, place: str) -> None:
    bad, good = read_page(_page("L", [text, '{"cancel":"C"}']), is_csv=False).lines
    assert isinstance(bad.said, Refusal)
    assert bad.said.where == place
    assert isinstance(good.said, Line)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("A;x;g:1;3;;\n;;;;;B\nA;x;g:2;4;;", [("A", 1), ("B", 0), ("A", 1)]),
        (";;;;;B\n;;;;;C", [("B", 0), ("C", 0)]),
        ("A;;;;;B\nA;x;g:1;3;;", ["cancel", ("A", 1)]),
        (";;g:1;3;;B", ["cancel"]),
        ("A;x;g:1;3;;\nA;y;g:2;4;;", ["card"]),
        ("A;x;g:1;3;;\nA;x;g:2;4;Z;", ["replaces"]),
        ("A;x;g:1;3;Z;\nA;;g:2;4;;", [("A", 2)]),
    ],
)
def test_rows_of_one_invoice_say_one_thing(
    rows: str, said: list[str | tuple[str, int]]
) -> None:
    text = f"invoice;card;act;price;replaces;cancel\n{rows}\n"
    page = read_page(_HEAD + text.encode(), is_csv=True)
    assert [
        one.said.where
        if isinstance(one.said, Refusal)
        else (one.said.cancel or one.said.invoice, len(one.said.items))
        for one in page.lines
    ] == said


@pytest.mark.parametrize("cut", range(1, len("A;x;g:1;35,00\n")))
def test_a_csv_cut_within_a_row_decides_nothing_of_it(cut: int) -> None:
    whole = _HEAD + b"invoice;card;act;price\nB;x;g:1;35,00\nA;x;g:1;35,00\n"
    with pytest.raises(Refusal):
        read_page(whole[:-cut], is_csv=True)
    assert len(read_page(whole, is_csv=True).lines) == 2


def test_what_a_line_says_counts_and_not_its_layout(server: Running, shop: int) -> None:
    line = _line(person(server, 70), "BA-70", 3070)
    first = _call(server, shop, "POST", "/batches", _page("LOT-H", [line]))[1]["lines"]
    spaced = _page("LOT-H", [json.dumps(line, indent=None, separators=(" , ", " : "))])
    assert _call(server, shop, "POST", "/batches", spaced)[1]["lines"] == first
    text = (
        "egide-batch/1;LOT-H;1\ninvoice;card;act;price;on\n"
        f"BA-70;{line['who']['card']};grouping:PH7;30,70;{DAY}\n"
    )
    assert _call(server, shop, "POST", "/batches", text.encode(), _CSV)[1]["lines"] == first
    two = line | {"who": line["who"] | {"nir": "1"}}
    [said] = _call(server, shop, "POST", "/batches", _page("LOT-H", [two], 2))[1]["lines"]
    assert (said["outcome"], said["place"]) == ("refused", "who")


def test_lines_that_name_one_number_are_taken_in_their_order(
    server: Running, shop: int
) -> None:
    who = [person(server, number) for number in range(71, 75)]
    lines = [
        _line(who[0], "BA-71", 3071) | {"who": {"card": "0" * 26}},
        _line(who[0], "BA-71", 3071),
        _line(who[1], "BA-72", 3072),
        {"cancel": "BA-72"},
        _line(who[2], "BA-73", 3073),
        _line(who[2], "BA-74", 3074) | {"replaces": "BA-73"},
        _line(who[3], "BA-75", 3075),
        _line(who[3], "BA-75", 3075),
        {"cancel": "BA-7X"},
        _line(who[3], "BA-76", 3076) | {"replaces": "BA-7Y"},
    ]
    first = _call(server, shop, "POST", "/batches", _page("LOT-I", lines))[1]
    seen = [(one["outcome"], one["code"], one["place"]) for one in first["lines"]]
    assert seen == [
        ("refused", "rights-not-shown", None),
        ("accepted", None, None),
        ("accepted", None, None),
        ("cancelled", None, None),
        ("accepted", None, None),
        ("accepted", None, None),
        ("accepted", None, None),
        ("accepted", None, None),
        ("refused", "claim-unknown", "cancel"),
        ("refused", "claim-unknown", "replaces"),
    ]
    # What is due of it now: neither what was cancelled or replaced, nor twice what was sent twice.
    due = rows(
        server,
        """select sum(amc_cents)::bigint as cents from claim
            where invoice in ('BA-71', 'BA-74', 'BA-75') and state = 'payable'""",
    )
    assert first["totals"]["amc_cents"] == due[0]["cents"] > 0
    again = _call(server, shop, "POST", "/batches", _page("LOT-I", lines))[1]
    # The first is another invoice's number by now; nothing else changes, however often the page comes.
    assert again["lines"][0]["code"] == "invoice-reused"
    assert (again["lines"][1:], again["totals"]) == (first["lines"][1:], first["totals"])


def test_pages_sent_at_once_decide_one_line_of_a_number(server: Running, shop: int) -> None:
    pages = [
        _page("LOT-J", [_line(person(server, 50 + n), f"BA-8{who}{n}", 3100) for n in range(5)])
        for who in "AB"
    ]

    async def work() -> list[Any]:
        sent = (_send(server, shop, "POST", "/batches", one, _NDJSON) for one in pages)
        return [msgspec.json.decode(one.body) for one in await asyncio.gather(*sent)]

    told = [line for page in run(work()) for line in page["lines"]]
    accepted = sorted(one["number"] for one in told if one["outcome"] == "accepted")
    kept = rows(server, "select number from batch_line where batch = 'LOT-J' order by 1")
    decided = rows(server, "select invoice from claim where invoice like 'BA-8__' order by 1")
    assert accepted == [row["number"] for row in kept] == [row["invoice"] for row in decided]
    others = {(one["outcome"], one["code"]) for one in told if one["outcome"] != "accepted"}
    assert others <= {("again", "busy"), ("refused", "invoice-reused")}
    assert len(others) > 0


def test_the_next_line_is_the_first_that_is_missing(server: Running, shop: int) -> None:
    page = _page("LOT-K", [_line(person(server, 76), "BA-90", 3090)], 5)
    assert _call(server, shop, "POST", "/batches", page)[1]["totals"]["next"] == 1
    page = _page("LOT-K", [_line(person(server, 77), "BA-91", 3091)])
    assert _call(server, shop, "POST", "/batches", page)[1]["totals"]["next"] == 2
    rest = [_line(person(server, 77 + n), f"BA-91{n}", 3091 + n) for n in range(1, 4)]
    page = _page("LOT-K", rest, 2)
    assert _call(server, shop, "POST", "/batches", page)[1]["totals"]["next"] == 6
    over = _page(
        "LOT-K", [_line(person(server, 76), f"BA-93{n}") for n in range(2)], 10_000_000
    )
    assert _call(server, shop, "POST", "/batches", over)[0] == 422


def test_a_line_left_in_hand_is_decided_by_whoever_sends_it_again(
    server: Running, shop: int
) -> None:
    line = _line(person(server, 49), "BA-95", 3095)
    establishment = server.place.france.shops[shop].establishment_id
    leave = """insert into batch_line (establishment_id, batch, line, digest, number, outcome, taken_at)
               values ($1, 'LOT-M', 1, $2, 'BA-95', 'again', now() - $3::interval)"""
    change(server, leave, establishment, b"another", timedelta(minutes=9))
    shown = _call(server, shop, "GET", "/batches/LOT-M")[1]["totals"]
    assert (shown["next"], shown["again"]) == (1, 1)
    [told] = _call(server, shop, "POST", "/batches", _page("LOT-M", [line]))[1]["lines"]
    assert (told["outcome"], told["code"]) == ("again", "busy")
    assert "said" in told and told["number"] == "BA-95"
    change(
        server,
        "update batch_line set taken_at = now() - interval '11 minutes' where batch = 'LOT-M'",
    )
    [told] = _call(server, shop, "POST", "/batches", _page("LOT-M", [line]))[1]["lines"]
    assert told["outcome"] == "accepted"


def test_typed_lines_are_charged_like_questions_and_another_shop_reads_nothing(
    server: Running,
) -> None:
    shop, other = server.shops("pharmacy")[6], server.shops("pharmacy")[7]
    establishment = server.place.france.shops[shop].establishment_id
    query = "select count(*) as n from gate.unproved_query where establishment_id = $1"
    before = rows(server, query, establishment)[0]["n"]
    nobody = {"amc": person(server, 1).amc, "birth": "1980-01-31", "rank": 1}
    lines = [
        _line(person(server, 1), f"BA-6{n}")
        | {"who": nobody | {"member": f"9{uuid4().int % 10**8}"}}
        for n in range(5)
    ]
    answer = _call(server, shop, "POST", "/batches", _page("LOT-G", lines))[1]
    assert {one["code"] for one in answer["lines"]} == {"rights-not-shown"}
    assert rows(server, query, establishment)[0]["n"] == before + 5
    assert _call(server, other, "GET", "/batches/LOT-G")[1]["totals"]["lines"] == 0


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.booleans())
def test_no_bytes_are_read_but_as_lines_or_a_refusal(noise: bytes, is_csv: bool) -> None:
    head = b"egide-batch/1;L;1\ninvoice;act;price;cancel\n" if is_csv else _page("L", [])
    for body in (noise, head + b"\n" + noise):
        try:
            page = read_page(body, is_csv=is_csv)
        except Refusal:
            continue
        assert all(isinstance(line.said, Line | Refusal) for line in page.lines)
