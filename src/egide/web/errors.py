"""Render every refusal and every defect: once, here, in FHIR's words."""

from collections.abc import Iterable
from datetime import datetime

import msgspec
import structlog

from egide.core.meanings import MEANINGS
from egide.core.refusal import Refusal, RefusalCode
from egide.edge.fhir import defect_outcome, operation_outcome
from egide.edge.http import Response
from egide.edge.metrics import count_refusal

_log = structlog.get_logger("egide")
_CHALLENGE = 'DPoP algs="ES256 EdDSA"'
# What a call's credentials lack (RFC 6750, section 3.1; RFC 9449, section 7.1); none were shown where nothing is said.
_CHALLENGED = {
    RefusalCode.TOKEN_INVALID: "invalid_token",
    RefusalCode.PROOF_INVALID: "invalid_dpop_proof",
    RefusalCode.PROOF_REPLAYED: "invalid_dpop_proof",
}
_AGAIN = (b"retry-after", b"2")
_OAUTH_ERRORS = {
    RefusalCode.CALLER_UNKNOWN: "invalid_client",
    RefusalCode.PROOF_INVALID: "invalid_dpop_proof",
    RefusalCode.PROOF_REPLAYED: "invalid_dpop_proof",
    RefusalCode.NONCE_NEEDED: "use_dpop_nonce",
    RefusalCode.SCOPE_MISSING: "invalid_scope",
    RefusalCode.CONTAINED: "unauthorized_client",
}


def render_refusal(refusal: Refusal, allowed: Iterable[str] = ()) -> Response:
    """Return a refusal as an OperationOutcome.

    Args:
        allowed: the methods of the route, told where another was tried (RFC 9110, section 15.5.6).
    """
    count_refusal(refusal.code.value)
    status = MEANINGS[refusal.code].status
    headers: tuple[tuple[bytes, bytes], ...] = ()
    if status == 405:
        headers = ((b"allow", ", ".join(sorted(allowed)).encode()),)
    elif status == 401:
        error = _CHALLENGED.get(refusal.code)
        said = f'{_CHALLENGE}, error="{error}"' if error else _CHALLENGE
        headers = ((b"www-authenticate", said.encode()),)
    elif status == 503:
        headers = (_AGAIN,)
    return Response(status, msgspec.json.encode(operation_outcome(refusal)), headers=headers)


def render_oauth_refusal(refusal: Refusal, *headers: tuple[bytes, bytes]) -> Response:
    """Return a refusal of the token endpoint (RFC 6749, section 5.2; RFC 9449, section 8)."""
    count_refusal(refusal.code.value)
    meaning = MEANINGS[refusal.code]
    error = _OAUTH_ERRORS.get(refusal.code, "invalid_request")
    if refusal.where == "grant_type":
        error = "unsupported_grant_type"
    body = {
        "error": error,
        "error_description": refusal.code.value,
        "remedy": refusal.hint or meaning.remedy,
    }
    if refusal.where:
        body["where"] = refusal.where
    status = 401 if error == "invalid_client" else 400
    return Response(status, msgspec.json.encode(body), b"application/json", headers)


def render_defect(error: Exception, *, path: str, now: datetime) -> Response:
    """Log a defect by its kind and place, never its text, and return its reference."""
    number, outcome = defect_outcome(now)
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    place = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else "?"
    # The name of a broken constraint is a sentence of ours; the database's own text may hold values.
    law = str(getattr(error, "constraint_name", None) or "")
    _log.error(
        "defect", reference=number, kind=type(error).__name__, place=place, route=path, law=law
    )
    return Response(500, msgspec.json.encode(outcome))


def log_trouble(what: str, error: Exception) -> None:
    """Log that a task of the background failed and will be tried again."""
    _log.warning("trouble", what=what, kind=type(error).__name__)
