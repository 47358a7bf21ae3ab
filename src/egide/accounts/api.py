"""A person's own account: the code that begins it, what its page shows of it, its recovery stopped."""

from dataclasses import asdict, dataclass, field
from typing import Final

import msgspec

from egide import db
from egide.access import ROLE_SCOPES, Role, Scope
from egide.accounts import sql
from egide.accounts.insured import CodeLimiter, activated
from egide.accounts.invite import AccountsReader
from egide.core.ids import SHORT_LENGTH, from_code, from_short_code
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.http import Request, Response, json_answer, read_json
from egide.edge.route import Route
from egide.identity import (
    Asking,
    Credential,
    Insurers,
    Person,
    Psc,
    SignIn,
    begin_enrolment,
    begin_first,
    shown,
)
from egide.vault import Addresses

_ROLES: Final = {
    Role.PROFESSIONAL: "Professionnel de santé",
    Role.ADMINISTRATOR: "Administrateur de l'établissement",
    Role.ASSISTANT: "Assistant, par délégation de l'administrateur",
    Role.INSURER: "Personnel de l'assureur",
    Role.OPERATOR: "Personnel de l'opérateur",
    Role.AUDITOR: "Auditeur",
    Role.APPLICANT: "Demande d'adhésion d'un établissement",
    Role.INSURED: "Vous voyez ici votre contrat, vos soins, et qui a consulté vos droits.",
}


class _Code(msgspec.Struct):
    code: str


_read_code = msgspec.json.Decoder(_Code)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts(AccountsReader):
    """What the routes of accounts share.

    Args:
        psc: None where this installation is not known to Pro Santé Connect.
        insurers: those whose own members' space vouches for them.
    """

    sign_in: SignIn
    addresses: Addresses
    psc: Psc | None = None
    insurers: Insurers = field(default_factory=Insurers)
    code_limiter: CodeLimiter = field(default_factory=CodeLimiter)

    async def begin_enrolment(self, request: Request) -> Response:
        """Answer an activation code with what to make a passkey from: that of an invitation, or of a card."""
        asked = read_json(request, _read_code, root="enrol")
        text, asking = (
            asked.code.replace("-", "").replace(" ", ""),
            await self.sign_in.stranger(request),
        )
        if len(text) == SHORT_LENGTH:
            return json_answer(await self._begin_insured(text, asking))
        options = await begin_enrolment(self.pool, self.sign_in.party, from_code(text), asking)
        return json_answer(options)

    async def _begin_insured(self, text: str, asking: Asking) -> Credential:
        code, unknown = from_short_code(text), Refusal(RefusalCode.INVITATION_INVALID)
        if code is None:
            raise unknown
        self.code_limiter.take(asking.now)
        account_id = await activated(self.pool, self.addresses, self.sealer, code, asking.now)
        if account_id is None:
            raise unknown
        self.code_limiter.give_back()
        return await begin_first(self.pool, self.sign_in.party, account_id, asking)

    async def me(self, request: Request, person: Person) -> Response:
        """Show a person its own account, passkeys and sessions."""
        async with db.statement(self.pool) as tx:
            own = await shown(tx, person, request.now)
            recovery = await sql.own_recovery(tx, person.session_id, stop=False)
        label = self.label(person.account_id, person.label_sealed)
        return json_answer(
            {
                "label": label,
                "role": person.role,
                "role_said": _ROLES[person.role],
                "recovery": None if recovery is None else asdict(recovery),
                "may": sorted(ROLE_SCOPES[person.role]),
                **own,
            }
        )

    async def stop_recovery(self, _: Request, person: Person) -> Response:
        """Stop the recovery of one's own account that somebody else asked; Refusal ``change-unknown``."""
        async with db.statement(self.pool) as tx:
            if await sql.own_recovery(tx, person.session_id, stop=True) is None:
                raise Refusal(RefusalCode.CHANGE_UNKNOWN)
        return json_answer({})


# Called with the ``Accounts``.
ROUTES: Final = (
    Route("POST", "/portal/enrol/begin", None, Accounts.begin_enrolment, body=_Code),
    Route("GET", "/portal/me", Scope.SELF, Accounts.me),
    Route("POST", "/portal/recovery/stop", Scope.SELF, Accounts.stop_recovery),
)
