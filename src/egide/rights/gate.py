"""Questions to the gate: grouped by the lane, asked by one statement of the database and told by the next.

What comes without a proof of presence is said, and counted, by a statement of its own before.

The database charges the budget, looks up, and writes the access-log entry; it tells the answer only
once that is committed (GATE I1, I2). Nothing else in the program can read a cover.
"""

from collections.abc import Sequence

from egide import db
from egide.core.ids import EstablishmentId, InsurerId, PersonId
from egide.core.refusal import Refusal, RefusalCode, invariant
from egide.edge.metrics import count_batch, count_gate
from egide.rights import sql
from egide.rights.question import Answer, Question


async def intend(tx: db.Tx, questions: Sequence[Question]) -> None:
    """Say what is about to be asked without a proof of presence; to be committed before ``ask_gate`` begins."""
    unproved = [one for one in questions if one.basis.is_unproved]
    if unproved:
        await sql.intend(tx, unproved)


async def ask_gate(tx: db.Tx, questions: Sequence[Question]) -> None:
    """Ask a batch in the caller's transaction: charged and logged when it commits, told by ``told`` after it.

    What comes without a proof is shown only if an earlier transaction said that it would be asked (``intend``).
    """
    await sql.ask(tx, questions)


async def told(tx: db.Tx, questions: Sequence[Question]) -> list[Answer | Refusal]:
    """Return what a committed batch was answered; each gets a cover or its refusal.

    The refusal is ``rights-not-shown`` for every cause, or ``proof-replayed``.
    """
    rows = await sql.told(tx, questions)
    invariant(len(rows) == len(questions), "what was asked is committed before it is told")
    count_batch(len(questions))
    for asked, row in zip(questions, rows, strict=True):
        count_gate(asked.purpose.value, asked.basis.value, row.outcome)
    return [_answer(row) for row in rows]


def _answer(row: sql.Told) -> Answer | Refusal:
    match row.outcome:
        case "shown":
            return Answer(
                person_id=PersonId(row.person_id),
                insurer_id=InsurerId(row.insurer_id),
                plan_code=row.plan_code,
                start_on=row.start_on,
                end_on=row.end_on,
                birth_year=row.birth_year,
                alias=row.alias,
                contract_id=row.contract_id,
                elsewhere=tuple(map(PersonId, row.elsewhere or ())),
            )
        case "replayed":
            return Refusal(RefusalCode.PROOF_REPLAYED)
        case _:
            return Refusal(RefusalCode.RIGHTS_NOT_SHOWN)


class Gate:
    """The gate as the rights questions of one process see it: two lanes, one statement at a time in each.

    What a card or an engagement proves meets no budget and waits for none: what is typed has a lane of its own.
    """

    def __init__(self, pool: db.Pool) -> None:
        self._pool = pool
        self._proved: db.Lane[Question, Answer | Refusal] = db.Lane(self._serve, _asker)
        self._unproved: db.Lane[Question, Answer | Refusal] = db.Lane(self._serve, _asker)

    async def _serve(self, questions: Sequence[Question]) -> Sequence[Answer | Refusal]:
        async with db.statement(self._pool) as tx:
            await intend(tx, questions)
            await ask_gate(tx, questions)
            return await told(tx, questions)

    async def ask(self, asked: Question) -> Answer:
        """Return a cover; Refusal ``rights-not-shown``, ``proof-replayed`` or ``busy``."""
        lane = self._unproved if asked.basis.is_unproved else self._proved
        answer = await lane.ask(asked)
        if isinstance(answer, Refusal):
            raise answer
        return answer


def _asker(question: Question) -> EstablishmentId:
    return question.establishment_id
