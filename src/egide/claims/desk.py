"""Adjudicate invoices: decided, recorded and booked in one transaction; and cancel them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from egide import db
from egide.adjudication import ReferenceData, SubmittedClaim
from egide.adjudication.decide import Work
from egide.adjudication.desk import Desk, Key, Outcome, Words
from egide.claims import sql
from egide.claims.decide_batch import decide_batch, known_answers
from egide.claims.ground import cited_by
from egide.insurers import Insurers
from egide.preauth import PreauthDesk
from egide.vault import Addresses, Attester


@dataclass(slots=True)
class ClaimsDesk:
    """All that adjudicating invoices needs."""

    pool: db.Pool
    addresses: Addresses
    reference: ReferenceData
    attester: Attester
    insurers: Insurers | None = None
    preauth: PreauthDesk = field(init=False)
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        """Open the desk, and that of prises en charge beside it."""
        self.preauth = PreauthDesk(self.pool, self.reference, self.attester, self.insurers)
        self.desk = Desk(
            pool=self.pool,
            insurers=lambda: self.insurers,
            existing=known_answers,
            decide=self._decide,
            alone=self._alone,
            entries=_entries,
        )

    async def _decide(self, tx: db.Tx, work: Work, words: Words) -> dict[int, Outcome]:
        return await decide_batch(tx, self.reference, self.attester, work, words)

    async def _alone(self, tx: db.Tx, work: Work) -> set[int]:
        """Return the corrections, the invoices that use a prise en charge, and those whose insurer may be asked."""
        services = self.reference.services
        apart = {
            index
            for index, (claim, answer) in work.items()
            if claim.replaces or services.is_asked(answer.insurer_id)
        }
        return apart | (await cited_by(tx, work)).keys()

    async def adjudicate(self, claim: SubmittedClaim) -> bytes:
        """Return the stored answer of an invoice, decided now or before; raises Refusal, as ``Desk.ask``."""
        return await self.desk.ask(claim)


async def _entries(tx: db.Tx, keys: Sequence[Key]) -> dict[Key, UUID]:
    return {key: one.entry_id for key, one in (await sql.existing(tx, keys)).items()}
