"""Who may act now: callers, their keys, tokens and proofs, and what each route asks of them."""

from egide.access.assertion import (
    ASSERTION_TYPE,
    CertifiedRequest,
    TokenRequest,
    admit_caller,
    admit_certificate,
)
from egide.access.attestation import ATTESTATION_TYPE, BUILD_TYPE, declare_build
from egide.access.authenticate import Authenticator, Connection, Pass
from egide.access.caller import Caller
from egide.access.certificate import Authority, Certificate, read_certificate
from egide.access.dpop import verify_proof
from egide.access.enrolment import REQUEST_TYPE, RequestedKey, enrol_requested, requested_key
from egide.access.jose import enrolled_key, sign_jws
from egide.access.nonce import Nonces
from egide.access.numbers import counting_numbers
from egide.access.role import ROLE_SCOPES, Role
from egide.access.scopes import DEFAULT_SCOPES, FLOWS, PERSON_SCOPES, Scope
from egide.access.sql import (
    NewKey,
    Software,
    enrol_key,
    forget_assertions,
    forget_proofs,
    is_off,
    keys_of,
    log_reads,
    public_jwk,
    revoke_key,
    set_concentrator,
    software,
    try_number,
    use_proof,
)
from egide.access.token import Issuer

__all__ = [
    "ASSERTION_TYPE",
    "ATTESTATION_TYPE",
    "BUILD_TYPE",
    "DEFAULT_SCOPES",
    "FLOWS",
    "PERSON_SCOPES",
    "REQUEST_TYPE",
    "ROLE_SCOPES",
    "Authenticator",
    "Authority",
    "Caller",
    "Certificate",
    "CertifiedRequest",
    "Connection",
    "Issuer",
    "NewKey",
    "Nonces",
    "Pass",
    "RequestedKey",
    "Role",
    "Scope",
    "Software",
    "TokenRequest",
    "admit_caller",
    "admit_certificate",
    "counting_numbers",
    "declare_build",
    "enrol_key",
    "enrol_requested",
    "enrolled_key",
    "forget_assertions",
    "forget_proofs",
    "is_off",
    "keys_of",
    "log_reads",
    "public_jwk",
    "read_certificate",
    "requested_key",
    "revoke_key",
    "set_concentrator",
    "sign_jws",
    "software",
    "try_number",
    "use_proof",
    "verify_proof",
]
