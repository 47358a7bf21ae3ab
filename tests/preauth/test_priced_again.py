"""What a prise en charge promised is found again as it was, whatever held its renewal that day."""

from conftest import Running, now, run
from egide.claims import Changed, Repricing, Span
from egide.client.messages import cancelled, item
from preauth.builders import DAY, FRAME, call, demand, invoice, paid, person, sent

_SHOP = 0


def _frame(cents: int) -> list[dict[str, object]]:
    return [item(1, FRAME, cents, DAY)]


def test_an_invoice_that_another_one_s_seat_made_worth_less_is_found_as_it_was(
    server: Running,
) -> None:
    who, shop = person(server, 231), server.shops("optician")[_SHOP]
    since = now()
    first = sent(server, shop, demand(who, "RA-0", _frame(20_000)))["preAuthRef"]
    sent(server, shop, invoice(first, "RA-1", _frame(20_000)))
    other = sent(server, shop, demand(who, "RA-2", _frame(21_000)))["preAuthRef"]
    # The seat goes back to the first; the second has what is left: little.
    assert call(server, shop, cancelled("RA-1", DAY))[0] == 200
    little = paid(sent(server, shop, invoice(other, "RA-3", _frame(20_999))))
    much = paid(sent(server, shop, invoice(first, "RA-4", _frame(20_000))))
    assert little < 10 < much
    told: list[Changed] = []

    async def work(repricing: Repricing) -> int:
        async with server.place.store.pool("owner") as pool:
            tallies = await repricing.run(pool, Span(since=since, until=now()))
            return sum(one.after for one in tallies.values())

    assert run(work(Repricing(changed=told.append))) == little + much
    assert told == []
