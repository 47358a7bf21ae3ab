"""Whether an establishment is in a network of an insurer on a day, and at what price: by its file, not by its word."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple
from uuid import UUID

from egide import db
from egide.networks import sql


class Agreed(NamedTuple):
    """The network in which an act is billed, and its price by unit in cents; None where none was agreed."""

    network: str
    cents: int | None


@dataclass(slots=True)
class Networks:
    """Adherences and prices of one process, read as they are needed."""

    _adherences: dict[tuple[UUID, UUID], list[sql.Adherence]] = field(
        default_factory=dict[tuple[UUID, UUID], list[sql.Adherence]]
    )
    _prices: dict[str, tuple[bytes, dict[str, list[sql.Price]]]] = field(
        default_factory=dict[str, tuple[bytes, dict[str, list[sql.Price]]]]
    )

    async def refresh(self, tx: db.Tx, establishments: Iterable[UUID]) -> None:
        """Read the adherences of some establishments as they stand now; prices where their file is new.

        Cost: one statement; one more for each network whose file is new.
        """
        wanted = set(establishments)
        found = await sql.adherences(tx, list(wanted))
        kept = {key: one for key, one in self._adherences.items() if key[0] not in wanted}
        for one in found:
            kept.setdefault((one.establishment_id, one.insurer_id), []).append(one)
        self._adherences = kept
        for code, digest in {(one.code, one.digest) for one in found}:
            if code in self._prices and self._prices[code][0] == digest:
                continue
            by_act: dict[str, list[sql.Price]] = {}
            for price in await sql.prices(tx, code):
                by_act.setdefault(price.act, []).append(price)
            self._prices[code] = digest, by_act

    def agreed(
        self, establishment: UUID, insurer: UUID, acts: tuple[str, str], day: date
    ) -> Agreed | None:
        """Return how an act is billed within a network of an insurer; None outside of any.

        Of several networks, the one whose price is the least: what each agreed holds.

        Args:
            acts: the act's code and its family (``grouping:VU1``, ``verre-b-simple``): a price is of either.
        """
        inside = [
            one.code
            for one in self._adherences.get((establishment, insurer), ())
            if one.from_on <= day and (one.until_on is None or day <= one.until_on)
        ]
        if not inside:
            return None
        priced = [
            (cents, code)
            for code in inside
            if (cents := self._price(code, acts, day)) is not None
        ]
        if not priced:
            return Agreed(inside[0], None)
        cents, code = min(priced)
        return Agreed(code, cents)

    def _price(self, code: str, acts: tuple[str, str], day: date) -> int | None:
        _, by_act = self._prices[code]
        for act in acts:
            known = [one.cents for one in by_act.get(act, ()) if one.from_on <= day]
            if known:
                return known[-1]
        return None
