"""Answer demands of prise en charge and quotes: through the gate, rated, recorded, held; in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final
from uuid import UUID

from egide import db
from egide.adjudication import ReferenceData, SubmittedClaim
from egide.adjudication.asked import ToAsk, to_ask
from egide.adjudication.billed import Billed
from egide.adjudication.claim import ClaimUse
from egide.adjudication.controls import Rejection
from egide.adjudication.decide import Again, Work
from egide.adjudication.desk import Desk, Key, Outcome, Words, replay
from egide.adjudication.fhir import ROOT
from egide.adjudication.load import load
from egide.core.ids import made_at
from egide.core.period import civil_day
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import clock
from egide.insurers import Insurers
from egide.preauth import sql
from egide.preauth.rate import Rating, Verdict, by_word, rate_all
from egide.preauth.record import Numbered, lines_of, reservations_of, row_of
from egide.preauth.response import as_it_stands
from egide.preauth.states import Move, State, check_move, state_of
from egide.preauth.terms import terms_of
from egide.rights import Answer, Basis
from egide.vault import Attester

_REPLACED: Final = f"{ROOT}.related[0].claim.identifier"
_CITED: Final = f"{ROOT}.insurance[0].preAuthRef"


@dataclass(slots=True)
class PreauthDesk:
    """All that answering demands needs."""

    pool: db.Pool
    reference: ReferenceData
    attester: Attester
    insurers: Insurers | None = None
    desk: Desk = field(init=False)

    def __post_init__(self) -> None:
        """Open the desk."""
        self.desk = Desk(
            pool=self.pool,
            insurers=lambda: self.insurers,
            existing=_known_answers,
            decide=self._decide,
            alone=self._alone,
            entries=_entries,
        )

    async def answer(self, demand: SubmittedClaim) -> bytes:
        """Return the answer to a demand as it stands, given now or before; raises Refusal, as ``Desk.ask``."""
        return await self.desk.ask(demand)

    async def _alone(self, tx: db.Tx, work: Work) -> set[int]:
        """Return the extensions, and the demands whose insurer may be asked."""
        services = self.reference.services
        asked = {
            index for index, (_, answer) in work.items() if services.is_asked(answer.insurer_id)
        }
        return asked | await _extensions(tx, work)

    async def _decide(self, tx: db.Tx, work: Work, words: Words) -> dict[int, Outcome]:
        """Answer demands that passed the gate, in the caller's transaction; an extension comes alone.

        One whose insurer answers by itself comes alone, and again once it was asked.

        Raises Refusal: ``preauth-unknown``, ``preauth-closed``, ``preauth-used``, of what one extends.
        """
        today = civil_day(work[min(work)][0].received_at)
        await _check_cited(tx, work)
        priors = {
            index: prior
            for index, (demand, _) in work.items()
            if demand.replaces and (prior := await _prior(tx, demand, today)) is not None
        }
        numbers = {
            index: Numbered(priors[index].preauth_id, priors[index].revision + 1)
            if index in priors
            else Numbered(UUID(int=demand.entry_id.int), 1)
            for index, (demand, _) in work.items()
        }
        left_out = [prior.preauth_id for prior in priors.values()]
        loaded, among = await load(tx, self.reference, self.attester, work, left_out)
        # Read behind the lock of the persons, like the counters.
        known = await _known_answers(tx, [demand.key for demand, _ in work.values()])
        billed = await Billed.load(tx, work.values(), among)
        held_under = {index: numbered.preauth_id for index, numbered in numbers.items()}
        terms = await sql.terms(tx, today)
        verdicts = rate_all(
            replace(loaded, known=known, billed=billed), terms, held_under, today
        )
        if len(work) == 1:
            [(index, (demand, answer))] = work.items()
            first = civil_day(made_at(numbers[index].preauth_id))
            own = terms_of(terms, answer.insurer_id)
            verdict = verdicts[index]
            if demand.replaces and index in words and words[index].is_silence:
                # What was promised is not given up for what nobody answered.
                raise Refusal(RefusalCode.INSURER_AWAY)
            if isinstance(verdict, Rating) and index in words:
                verdict = by_word(verdict, words[index], demand, own, (first, today))
            elif not isinstance(verdict, Again) and index not in words:
                verdict = self._to_ask(demand, answer, verdict)
            if isinstance(verdict, ToAsk):
                return {index: verdict}
            verdicts[index] = verdict
        for index, prior in priors.items():
            await _take_place(tx, prior, verdicts[index], work[index][1].person_id)
        return await self._record(tx, work, verdicts, numbers)

    def _to_ask(
        self, demand: SubmittedClaim, answer: Answer, verdict: Rating | Rejection
    ) -> Verdict | ToAsk:
        """Return what an insurer that answers by itself is asked, or the verdict where its grid answers for it."""
        is_rated = isinstance(verdict, Rating)
        accepted = verdict.accepted if is_rated else None
        asked = to_ask(self.reference.services, demand, answer, accepted)
        if asked is None:
            return verdict
        return replace(asked, numbers=verdict.kept) if is_rated else asked

    async def _record(
        self,
        tx: db.Tx,
        work: Work,
        verdicts: Mapping[int, Verdict],
        numbers: Mapping[int, Numbered],
    ) -> dict[int, Outcome]:
        rows, outcomes = sql.Rows(), dict[int, Outcome]()
        for index, verdict in verdicts.items():
            demand, answer = work[index]
            if isinstance(verdict, Again):
                outcomes[index] = replay(demand, verdict)
                continue
            # What is refused takes no place: it is known by itself.
            numbered = numbers[index]
            if not isinstance(verdict, Rating):
                numbered = Numbered(UUID(int=demand.entry_id.int), 1)
            insurer = self.reference.insurers[answer.insurer_id]
            row = row_of(demand, answer, verdict, numbered, insurer)
            today = civil_day(demand.received_at)
            rows.demands.append(row)
            rows.lines.extend(lines_of(demand, row, verdict))
            if isinstance(verdict, Rating) and demand.use is ClaimUse.PREAUTHORIZATION:
                rows.reservations.extend(reservations_of(row, verdict, today))
            outcomes[index] = as_it_stands(row, today)
        await sql.record(tx, rows)
        return outcomes


async def _known_answers(tx: db.Tx, keys: Sequence[Key]) -> dict[Key, tuple[bytes, bytes]]:
    today = civil_day(clock())
    return {
        key: (one.content_hash, as_it_stands(one, today))
        for key, one in (await sql.existing(tx, keys)).items()
    }


async def _extensions(_: db.Tx, work: Work) -> set[int]:
    """Return the extensions, and the demands on the number of another: each may be refused by itself."""
    return {
        index
        for index, (demand, _) in work.items()
        if demand.replaces or demand.located.basis is Basis.ENGAGEMENT
    }


async def _entries(tx: db.Tx, keys: Sequence[Key]) -> dict[Key, UUID]:
    return {key: one.entry_id for key, one in (await sql.existing(tx, keys)).items()}


async def _check_cited(tx: db.Tx, work: Work) -> None:
    """Refuse a new demand on the number of another: it would be one that no invoice can cite."""
    citing = {
        (demand.key[0], demand.located.address): demand
        for demand, _ in work.values()
        if demand.located.basis is Basis.ENGAGEMENT
    }
    found = await sql.current(tx, list(citing)) if citing else {}
    for key, one in found.items():
        demand = citing[key]
        extended = (await sql.existing(tx, [(demand.key[0], demand.replaces)])).values()
        if all(prior.preauth_id != one.preauth_id for prior in extended):
            hint = "Montrer la carte, ou citer l'engagement d'une réponse de droits."
            raise Refusal(RefusalCode.PREAUTH_CLOSED, where=_CITED, hint=hint)


async def _prior(tx: db.Tx, demand: SubmittedClaim, today: date) -> sql.Stored | None:
    """Return what a demand extends, None if the demand is there already.

    Raises Refusal: ``preauth-unknown``, ``preauth-closed``, ``preauth-used``.
    """
    key = (demand.key[0], demand.replaces)
    known = await sql.existing(tx, [key, demand.key])
    if demand.key in known:
        return None
    prior = known.get(key)
    if prior is None:
        raise Refusal(RefusalCode.PREAUTH_UNKNOWN, where=_REPLACED)
    state = state_of(prior, today)
    if state in {State.USED, State.USED_PART}:
        raise Refusal(RefusalCode.PREAUTH_USED, where=_REPLACED)
    check_move(state, Move.EXTEND, _REPLACED)
    return prior


async def _take_place(tx: db.Tx, prior: sql.Stored, verdict: Verdict, person_id: UUID) -> None:
    """End what a demand extends, if it is granted anything: what it held is the other's to hold."""
    if not isinstance(verdict, Rating):
        return
    if prior.person_id != person_id:
        hint = "La prise en charge étendue n'est pas celle de cette personne."
        raise Refusal(RefusalCode.PREAUTH_UNKNOWN, where=_REPLACED, hint=hint)
    if not await sql.move(tx, prior, State.SUPERSEDED.value):
        raise Refusal(RefusalCode.BUSY)
    await sql.release(tx, prior)
