"""What the endpoints of this room share."""

from dataclasses import dataclass, field

from egide.accounts import AccountsReader
from egide.enrolment.payee import NoBank, PayeeCheck
from egide.identity import RelyingParty
from egide.vault import Addresses


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentDesk(AccountsReader):
    """What the endpoints of enrolment and of changes share.

    Args:
        payee: the bank that is asked whose an account is.
    """

    party: RelyingParty
    addresses: Addresses
    payee: PayeeCheck = field(default_factory=NoBank)
