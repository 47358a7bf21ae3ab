"""What deciding reads from memory: grids, insurers, professions, tariffs, kept the newest ones."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from egide import db, directory
from egide.adjudication.claim import SubmittedClaim
from egide.insurers import Services
from egide.networks import Networks
from egide.nomenclature import CurrentNomenclature
from egide.plans import Catalogue, Plan
from egide.rights import Answer


@dataclass(slots=True, kw_only=True)
class ReferenceData:
    """Grids, insurers, professions and tariffs of one process."""

    catalogue: Catalogue
    insurers: dict[UUID, tuple[str, str]]
    acts: CurrentNomenclature = field(default_factory=CurrentNomenclature)
    services: Services = field(default_factory=Services)
    networks: Networks = field(default_factory=Networks)
    professions: dict[UUID, str] = field(default_factory=dict[UUID, str])

    def plan(self, answer: Answer, day: date) -> Plan | None:
        """Return the plan that an answer's cover names on a day, None if no grid has it."""
        return self.catalogue.on(answer.plan_code, day)

    async def refresh(self, tx: db.Tx, work: Iterable[tuple[SubmittedClaim, Answer]]) -> None:
        """Read what some claims need and is not here yet. Cost: two counts, the adherences, what lacks."""
        claims = list(work)
        missing = {claim.key[0] for claim, _ in claims} - self.professions.keys()
        if missing:
            self.professions |= await directory.establishment_professions(tx, list(missing))
        await self.networks.refresh(tx, (claim.key[0] for claim, _ in claims))
        await self.catalogue.refresh(tx)
        await self.acts.refresh(tx)
        if any(answer.insurer_id not in self.insurers for _, answer in claims):
            self.insurers |= await directory.insurers(tx)
