"""The expected no (``Refusal``), the catalogue of its codes, and our own defects (``invariant``).

A code is public and permanent. Each one says, in French, what happened and what to do, and names
who must act; ``docs/refusals.md`` is generated from this table.
"""

from enum import StrEnum


class Actor(StrEnum):
    """Who must act after a refusal or a rejection."""

    PROVIDER = "provider"  # the professional, or its software
    AMC = "amc"  # the complementary insurer
    OPERATOR = "operator"  # Égide's operator
    NOBODY = "nobody"  # nothing is left to do


class RefusalCode(StrEnum):
    """Why a request cannot be served; public and permanent."""

    BODY_INVALID = "body-invalid"
    BODY_TOO_LARGE = "body-too-large"
    MEDIA_TYPE_UNSUPPORTED = "media-type-unsupported"
    NOT_ACCEPTABLE = "not-acceptable"
    RESOURCE_UNEXPECTED = "resource-unexpected"
    VALUE_INVALID = "value-invalid"
    VALUE_MISSING = "value-missing"
    NIR_INVALID = "nir-invalid"
    FINESS_INVALID = "finess-invalid"
    FINESS_UNREGISTERED = "finess-unregistered"
    INVITATION_INVALID = "invitation-invalid"
    PASSKEY_REFUSED = "passkey-refused"
    PASSKEY_KNOWN = "passkey-known"
    PSC_REFUSED = "psc-refused"
    PSC_NO_ESTABLISHMENT = "psc-no-establishment"
    PSC_UNREACHABLE = "psc-unreachable"
    INSURER_REFUSED = "insurer-refused"
    INSURER_UNREACHABLE = "insurer-unreachable"
    SESSION_INVALID = "session-invalid"
    REAUTHENTICATION_NEEDED = "reauthentication-needed"
    LAST_PASSKEY = "last-passkey"
    CHANGE_OPEN = "change-open"
    SITE_NOT_YOURS = "site-not-yours"
    PAYEE_REFUSED = "payee-refused"
    SUPPORT_LIMIT = "support-limit"
    PORTAL_CONTAINED = "portal-contained"
    CHANGE_UNKNOWN = "change-unknown"
    KEY_KNOWN = "key-known"
    KEY_UNKNOWN = "key-unknown"
    SIRET_INVALID = "siret-invalid"
    RPPS_INVALID = "rpps-invalid"
    IBAN_INVALID = "iban-invalid"
    AMC_INVALID = "amc-invalid"
    BIRTH_DATE_INVALID = "birth-date-invalid"
    CARE_DATE_FUTURE = "care-date-future"
    CARE_DATE_TOO_OLD = "care-date-too-old"
    ACT_UNKNOWN = "act-unknown"
    AMOUNT_INVALID = "amount-invalid"
    INVOICE_REUSED = "invoice-reused"
    ROUTE_UNKNOWN = "route-unknown"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    CALLER_UNKNOWN = "caller-unknown"
    TOKEN_INVALID = "token-invalid"  # noqa: S105 - a code, not a password
    PROOF_INVALID = "proof-invalid"
    PROOF_REPLAYED = "proof-replayed"
    ATTESTATION_NEEDED = "attestation-needed"
    ATTESTATION_INVALID = "attestation-invalid"
    SIGNATURE_INVALID = "signature-invalid"
    INSURER_AWAY = "insurer-away"
    EVENT_UNKNOWN = "event-unknown"
    EVENT_REUSED = "event-reused"
    NONCE_NEEDED = "nonce-needed"
    SCOPE_MISSING = "scope-missing"
    RIGHTS_NOT_SHOWN = "rights-not-shown"
    ENGAGEMENT_UNKNOWN = "engagement-unknown"
    CLAIM_UNKNOWN = "claim-unknown"
    REREAD_LIMIT = "reread-limit"
    CLAIM_CLOSED = "claim-closed"
    PREAUTH_UNKNOWN = "preauth-unknown"
    PREAUTH_CLOSED = "preauth-closed"
    PREAUTH_USED = "preauth-used"
    PIECE_UNEXPECTED = "piece-unexpected"
    DISPUTE_UNKNOWN = "dispute-unknown"
    DISPUTE_CLOSED = "dispute-closed"
    TRANSFER_UNKNOWN = "transfer-unknown"
    BUSY = "busy"
    DATABASE_AWAY = "database-away"
    UNAVAILABLE = "unavailable"
    CONTAINED = "contained"
    CLAIM_NOT_DECIDED = "claim-not-decided"
    CANCELLATION_NOT_OURS = "cancellation-not-ours"
    NOT_INSTALLED = "not-installed"
    LOG_BEHIND = "log-behind"
    PAYMENT_DOUBTED = "payment-doubted"
    RELEASE_NEEDED = "release-needed"
    RESTORED_UNCONFIRMED = "restored-unconfirmed"
    PLAN_INVALID = "plan-invalid"
    IMPORT_INVALID = "import-invalid"
    BANK_FILE_INVALID = "bank-file-invalid"


class Refusal(Exception):  # noqa: N818 - a refusal is an answer, not an error of ours
    """The request cannot be served, for a reason the caller can read.

    Args:
        code: the public reason.
        where: the element at fault as a path (``Claim.item[0].unitPrice``), never its value.
        hint: one more sentence for the caller; must hold no personal data.
    """

    def __init__(self, code: RefusalCode, *, where: str = "", hint: str = "") -> None:
        super().__init__(code.value)
        self.code = code
        self.where = where
        self.hint = hint


class InvariantError(Exception):
    """A rule of ours is broken: the transaction rolls back and the caller sees no detail."""


def invariant(holds: bool, law: str) -> None:
    """Stop everything unless ``holds``; ``law`` says what should have been true."""
    if not holds:
        raise InvariantError(law)
