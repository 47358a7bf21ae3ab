"""Seeded lives of orders: cancelled, held back, rejected, returned in any sequence; each claim is paid once in the end."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest

from conftest import Running, now
from egide import db
from egide.core.refusal import Refusal
from egide.treasury import release_hold, unmatched
from payments.builders import close, submit_claims, with_pool, write
from treasury.builders import broken_laws, cancel_invoice, rows_in, say_as, take, take_pain
from treasury.model_bank import Line, ModelBank, report_of

_CLAIMS: Final = """
select c.invoice, c.state,
       (select count(*) from allocation a where a.claim_id = c.claim_id and a.ended_at is null) as paid,
       (select count(*) from withholding w where w.claim_id = c.claim_id and w.ended_at is null) as held,
       (select count(*) from refund f where f.claim_id = c.claim_id and f.ended_at is null) as given,
       (select count(*) from claim_call k where k.claim_id = c.claim_id and k.credited_in is not null) as credited,
       coalesce(x.was = 'settled' and x.transfer_id is null, false) as owed
  from claim c left join claim_cancellation x using (establishment_id, claim_id)
 where c.invoice like $1
"""


def _is_wrong(claim: db.Row) -> bool:
    """Tell whether a claim is paid, held back or given back as its state forbids."""
    match claim["state"]:
        case "payable":
            return bool(claim["paid"] or claim["held"] or claim["given"] or claim["credited"])
        case "settled":
            return (claim["paid"], claim["held"], claim["given"]) != (1, 0, 0)
        case "reversed":
            return claim["paid"] != 1 or claim["given"] or claim["held"] > claim["credited"]
        case "cancelled":
            return bool(claim["paid"]) or claim["held"] + claim["owed"] != claim["given"]
        case _:
            return False


@dataclass
class _Life:
    """What happens to some shops' orders, drawn one event after another."""

    server: Running
    bank: ModelBank
    rng: random.Random
    folder: Path
    prefix: str
    invoices: int = 0
    settlements: set[str] = field(default_factory=set[str])
    log: list[str] = field(default_factory=list[str])

    def cancel(self) -> None:
        if one := self._claim():
            cancel_invoice(self.server, one["invoice"])

    def steal(self) -> None:
        """Cancel without any process that decides it: whoever holds the counter's login does."""
        one = self._claim()
        if one is None:
            return
        keys = one["establishment_id"], one["claim_id"]

        async def work(pool: db.Pool) -> None:
            async with db.transaction(pool) as tx:
                await db.many(tx, "select cancel_claim($1, $2, null, '')", *keys)

        with_pool(self.server.place, work, "app")

    def close(self) -> None:
        if self.rng.random() < 0.6:
            submit_claims(self.server, f"{self.prefix}{self.invoices}", 2, shops=1)
            self.invoices += 1
        closed = close(self.server.place)
        if closed is not None and closed.transfers:
            self.settlements.add(closed.settlement_id)
            path = write(self.server.place, closed, self.folder) / "pain.001.xml"
            self.bank.receive(path, self.rng, share_rejected=0)

    def execute(self) -> None:
        take(self.server.place, self.bank.statement(self.bank.execute(self.rng)))

    def reject(self) -> None:
        if name := self._one_of(self.bank.accepted):
            order = self.bank.accepted.pop(name)
            self.bank.rejected.add(name)
            reason = self.rng.choice(["AC01", "MS03"])
            take_pain(self.server.place, report_of(order.file, "PART", "", [(name, reason)]))

    def reject_by_hand(self) -> None:
        if name := self._one_of(self.bank.accepted):
            del self.bank.accepted[name]
            self.bank.rejected.add(name)
            assert not say_as(self.server.place, name, "rejected", "Awa")
            assert say_as(self.server.place, name, "rejected", "Bo")

    def come_back(self) -> None:
        if name := self._one_of(self.bank.executed):
            reason = self.rng.choice(["AC04", "MS03", "MS03"])
            line = self.bank.give_back(name, reason)
            assert take(self.server.place, self.bank.statement([line])) == {"returned": 1}

    def come_back_less(self) -> None:
        name = self._one_of(self.bank.executed)
        if name is None or self.bank.executed[name].cents <= 60:
            return
        cents = self.bank.executed.pop(name).cents - 50
        self.bank.returned.add(name)
        number = f"{self.prefix}{len(self.log)}"
        line = Line(cents, [(name, cents, "FOCR")])
        take(self.server.place, self.bank.statement([line], number=number))
        assert not say_as(self.server.place, f"{number}/1", f"returned:{name}", "Awa")
        assert say_as(self.server.place, f"{number}/1", f"returned:{name}", "Bo")

    def release(self) -> None:
        for one in with_pool(self.server.place, unmatched).held:
            with_pool(self.server.place, lambda pool, finess=one.finess: _release(pool, finess))

    def _claim(self) -> db.Row | None:
        rows = rows_in(
            self.server.place,
            "select establishment_id, claim_id, invoice from claim where invoice like $1 "
            "and state in ('payable', 'settled') order by state desc, invoice limit 4",
            f"{self.prefix}%",
        )
        return self.rng.choice(rows) if rows else None

    def _one_of(self, orders: Mapping[str, object]) -> str | None:
        own = [name for name in sorted(orders) if name[: name.rindex("-")] in self.settlements]
        return self.rng.choice(own) if own else None


_EVENTS: Final = (
    *(_Life.cancel, _Life.cancel, _Life.cancel, _Life.steal, _Life.execute, _Life.execute),
    *(_Life.close, _Life.close, _Life.close, _Life.close, _Life.release),
    *(_Life.reject, _Life.reject_by_hand),
    *(_Life.come_back, _Life.come_back, _Life.come_back_less),
)


async def _release(pool: db.Pool, finess: str) -> None:
    try:
        await release_hold(pool, finess, "Awa", now=now())
    except Refusal:
        pass  # with another of its transfers


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_whatever_comes_back_in_whatever_order_each_claim_is_paid_once(
    server: Running, tmp_path: Path, at_bank: ModelBank, seed: int
) -> None:
    life = _Life(server, at_bank, random.Random(seed), tmp_path, f"Z{seed}-")
    for _ in range(60):
        event = life.rng.choice(_EVENTS)
        event(life)
        life.log.append(event.__name__)
        wrong = [
            dict(one)
            for one in rows_in(server.place, _CLAIMS, f"{life.prefix}%")
            if _is_wrong(one)
        ]
        assert (broken_laws(server.place), wrong) == ({}, []), life.log
