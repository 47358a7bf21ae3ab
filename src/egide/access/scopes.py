"""The table of routes: which scope each one asks for. A route that is not here does not exist."""

from enum import StrEnum


class Scope(StrEnum):
    """What a token may be used for."""

    RIGHTS_ASK = "rights.ask"
    CLAIM_SUBMIT = "claim.submit"
    PAYMENT_READ = "payment.read"


# None: open to all, since it tells nothing about anybody.
ROUTES: dict[tuple[str, str], Scope | None] = {
    ("GET", "/"): None,
    ("GET", "/health"): None,
    ("GET", "/fhir/metadata"): None,
    ("GET", "/.well-known/jwks.json"): None,
    ("GET", "/.well-known/oauth-authorization-server"): None,
    ("POST", "/oauth/token"): None,
    ("POST", "/fhir/CoverageEligibilityRequest/$submit"): Scope.RIGHTS_ASK,
    ("GET", "/engagements/{number}"): Scope.RIGHTS_ASK,
    ("POST", "/fhir/Claim/$submit"): Scope.CLAIM_SUBMIT,
    ("GET", "/fhir/ClaimResponse/{claim}"): Scope.CLAIM_SUBMIT,
    ("GET", "/fhir/PaymentReconciliation/{transfer}"): Scope.PAYMENT_READ,
    ("GET", "/remittances/{transfer}"): Scope.PAYMENT_READ,
}
DEFAULT_SCOPES = frozenset(Scope)
