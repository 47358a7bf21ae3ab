"""Calls on the server: a token of minutes, a fresh proof on each call, a retry where it is safe."""

import csv
import io
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final, Self
from urllib.parse import quote
from uuid import UUID

import httpx2
import msgspec

from egide.access import ASSERTION_TYPE
from egide.client import messages
from egide.client.key import Signer, assertion_claims, proof_claims, signed
from egide.edge.http import clock

_LEFT_SECONDS: Final = 30  # a token this near its end is renewed before it is used
_TRIES: Final = 4
_WAIT_SECONDS: Final = 0.5  # before the second try; twice as long before each of the next
_TRANSIENT: Final = frozenset({500, 502, 503, 504})
_PAGE_BYTES: Final = 200 * 1024
_FHIR: Final = "application/fhir+json"
_WHERE_TOKENS_ARE: Final = "/oauth/token"


class RefusedError(Exception):
    """The server said no.

    Attributes:
        status: of HTTP.
        code: the refusal's public code (``docs/refusals.md``); empty where the answer has none.
        remedy: where, why and what to do, as the server says it, in French.
    """

    def __init__(self, status: int, code: str, remedy: str) -> None:
        super().__init__(f"{status} {code}: {remedy}")
        self.status = status
        self.code = code
        self.remedy = remedy


class Client:
    """One establishment's software, speaking to one server.

    Args:
        origin: the server's public address, as it names itself (``https://…``); proofs carry it.
        establishment: the number of the establishment that enrolled the key.
        key: what signs each call; or a TLS context that holds a certificate of the key (``certificate``) and
            the key itself: tokens are then bound to that certificate, and calls are not signed (RFC 8705).
        transport: of httpx2: a proxy, a test.
        now: the instant; the server refuses proofs more than five minutes old.
        wait: sleeps some seconds before another try.

    Attributes:
        attestation: what the software's vendor signed of this key and of the build that runs now; sent with
            each token request, so that the accesses are logged under that build.
    """

    def __init__(
        self,
        origin: str,
        establishment: UUID,
        key: Signer | ssl.SSLContext,
        *,
        transport: httpx2.BaseTransport | None = None,
        now: Callable[[], datetime] = clock,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self._origin = origin.rstrip("/")
        self._establishment = establishment
        self._key = key
        self._now = now
        self._wait = wait
        self._http = httpx2.Client(
            base_url=self._origin,
            transport=transport,
            timeout=20,
            verify=key if isinstance(key, ssl.SSLContext) else True,
        )
        self._token = ""
        self._token_ends = 0.0
        self._nonce = ""
        self.attestation = ""

    def __enter__(self) -> Self:
        """Return itself; its connections are closed at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close its connections."""
        self._http.close()

    def ask_rights(self, named: dict[str, Any], on: date) -> dict[str, Any]:
        """Ask whether a person is covered on a day; return the CoverageEligibilityResponse.

        Args:
            named: who, from ``by_card``, ``by_numbers`` or ``by_nir``.

        Its ``preAuthRef`` is the engagement to quote in the invoice; without one, nothing is shown
        and nothing is owed. An answer that was lost is asked again: it counts once.
        Raises: RefusedError; httpx2.TransportError where the server cannot be reached.
        """
        return self._send(messages.RIGHTS_PATH, messages.rights_question(named, on.isoformat()))

    def submit(
        self,
        named: dict[str, Any],
        invoice: str,
        on: date,
        items: list[dict[str, Any]],
        *,
        replaces: str = "",
    ) -> dict[str, Any]:
        """Submit an invoice; return the ClaimResponse.

        Args:
            named: who, mostly ``by_engagement``.
            invoice: the establishment's own number of it: sent again, it has the same answer and is
                paid once.
            items: from ``item``.
            replaces: the number of the invoice that it corrects, if any: that one is cancelled if this
                one is accepted, and stays as it was otherwise.

        Raises: RefusedError; httpx2.TransportError: send it again under the same number.
        """
        sent = messages.claim(named, invoice, on.isoformat(), items, replaces=replaces)
        return self._send(messages.CLAIM_PATH, sent)

    def send_again(self, sent: bytes) -> dict[str, Any]:
        """Send an invoice as it was made (``messages.claim``), be it for the first time; return its ClaimResponse.

        Raises: as ``submit``.
        """
        return self._send(messages.CLAIM_PATH, sent)

    def cancel(self, invoice: str) -> dict[str, Any]:
        """Cancel an invoice by the establishment's own number; return its ClaimResponse, ended.

        Once more changes nothing. What was paid of it is held back, whole, from a later transfer.
        Raises: RefusedError: ``claim-unknown``, ``claim-closed``.
        """
        day = self._now().date().isoformat()
        return self._send(messages.CLAIM_PATH, messages.cancelled(invoice, day))

    def ask_preauth(
        self,
        named: dict[str, Any],
        request: str,
        on: date,
        items: list[dict[str, Any]],
        *,
        extends: str = "",
    ) -> dict[str, Any]:
        """Ask for a prise en charge; return the ClaimResponse.

        Args:
            request: the establishment's own number of it: sent again, it has its answer as it stands.
            on: the day on which it is asked; each item says its own day of care, up to 180 days ahead.
            extends: the number of a running one, whose place this takes if it is granted anything.

        ``preAuthRef`` is what to quote in the invoice (``by_engagement``), until the end of ``preAuthPeriod``; without
        one, ``outcome`` and ``processNote`` say who must act and by when. Raises: as ``submit``.
        """
        sent = messages.preauthorization(named, request, on.isoformat(), items, extends=extends)
        return self._send(messages.CLAIM_PATH, sent)

    def quote(
        self, named: dict[str, Any], request: str, on: date, items: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """Ask what would be paid: nothing is promised and nothing held; return the ClaimResponse."""
        sent = messages.preauthorization(named, request, on.isoformat(), items, is_quote=True)
        return self._send(messages.CLAIM_PATH, sent)

    def cancel_preauth(self, request: str) -> dict[str, Any]:
        """Cancel a prise en charge by the establishment's own number; what it held is given back.

        Raises: RefusedError: ``preauth-unknown``, ``preauth-used``.
        """
        day = self._now().date().isoformat()
        sent = messages.cancelled(request, day, use="preauthorization")
        return self._send(messages.CLAIM_PATH, sent)

    def inquire(self, number: str, *, use: str = "claim") -> dict[str, Any]:
        """Return what became of an invoice (``claim``) or a demand (``preauthorization``), by one's own number."""
        named = messages.named(number, self._now().date().isoformat(), use=use)
        return self._send(messages.INQUIRE_PATH, msgspec.json.encode(named))

    def give_piece(self, preauth: str, code: str, answer: str) -> dict[str, Any]:
        """Answer the piece that the insurer asks of a prise en charge; return its ClaimResponse, pended again."""
        return self._send(messages.COMMUNICATION_PATH, messages.piece(preauth, code, answer))

    def send_batch(
        self, batch: str, lines: Sequence[bytes], *, page: int = 500
    ) -> Iterator[dict[str, Any]]:
        """Send the lines of a batch that the server does not have or refused; yield each answer.

        What was cut goes on from where it stopped: the same call again. Raises: RefusedError; httpx2.TransportError.
        """
        totals = self.batch(batch)["totals"]
        first = totals["next"]
        if totals["refused"]:
            for number in self._refused(batch, totals["next"]):
                if number <= len(lines):
                    yield self._send_page(batch, number, [lines[number - 1]])
        while first <= len(lines):
            some = lines[first - 1 : first - 1 + page]
            while sum(map(len, some)) > _PAGE_BYTES and len(some) > 1:
                some = some[: len(some) // 2]
            answer = self._send_page(batch, first, some)
            yield answer
            again = [one["line"] for one in answer["lines"] if one["outcome"] == "again"]
            first = min(again) if again else first + len(some)
            if again:
                self._wait(_WAIT_SECONDS)

    def _send_page(self, batch: str, first: int, lines: Sequence[bytes]) -> dict[str, Any]:
        head = {"format": "egide-batch/1", "batch": batch, "from": first}
        body = b"\n".join([msgspec.json.encode(head), *lines])
        sent = self._call("POST", "/batches", body, media_type="application/x-ndjson")
        return msgspec.json.decode(sent.content)

    def _refused(self, batch: str, end: int) -> list[int]:
        """Return the lines of a batch that were refused: they may be sent mended."""
        found: list[int] = []
        first = 1
        while first < end:
            text = self.returns(batch, first).decode("utf-8-sig")
            rows = list(csv.reader(io.StringIO(text), delimiter=";"))[1:]
            found += [int(row[0]) for row in rows if row[2] == "refused"]
            first = int(rows[-1][0]) + 1 if rows else end
        return found

    def batch(self, batch: str) -> dict[str, Any]:
        """Return how far a batch is, and what came of its lines."""
        return self._read(f"/batches/{quote(batch, safe='')}")

    def returns(self, batch: str, first: int = 1) -> bytes:
        """Return what became of the lines of a batch as CSV, five thousand at once."""
        path = f"/batches/{quote(batch, safe='')}/returns"
        return self._call("GET", path, b"", query=f"?from={first}").content

    def claim(self, number: str) -> dict[str, Any]:
        """Return the ClaimResponse of an invoice sent before, by the number the server gave it."""
        return self._read(f"/fhir/ClaimResponse/{quote(number, safe='')}")

    def engagement(self, number: str) -> dict[str, Any]:
        """Return an engagement given before, as long as it holds."""
        return self._read(f"/engagements/{quote(number, safe='')}")

    def contest(self, said: dict[str, Any]) -> dict[str, Any]:
        """Contest a decision: ``invoice``, ``ground``; of an amount ``line``, ``expected_cents``; return it."""
        return self._send("/disputes", msgspec.json.encode(said))

    def move_dispute(self, number: str, move: str) -> dict[str, Any]:
        """Do ``second-reading`` or ``withdraw`` to a dispute; return it as it stands then."""
        return self._send(f"/disputes/{move}", msgspec.json.encode({"dispute": number}))

    def disputes(self, number: str = "") -> dict[str, Any]:
        """Return a dispute with its reckoning, or the establishment's last 500."""
        return self._read(f"/disputes/{quote(number, safe='')}" if number else "/disputes")

    def transfers(self, before: str = "") -> dict[str, Any]:
        """Return the establishment's transfers, the newest first, a hundred at once, before a settlement."""
        query = f"?before={quote(before, safe='')}" if before else ""
        return msgspec.json.decode(self._call("GET", "/transfers", b"", query=query).content)

    def reconciliation(self, transfer: str) -> dict[str, Any]:
        """Return what a transfer pays, invoice by invoice (FHIR PaymentReconciliation)."""
        return self._read(f"/fhir/PaymentReconciliation/{quote(transfer, safe='')}")

    def remittance(self, transfer: str) -> bytes:
        """Return the same as a file to reconcile."""
        return self._call("GET", f"/remittances/{quote(transfer, safe='')}", b"").content

    def certificate(self) -> tuple[str, str]:
        """Return a certificate of this key, good for 90 days, and that of its authority, in PEM.

        It is asked by a client that signs, for one made with a TLS context.
        """
        given = msgspec.json.decode(self._call("POST", "/certificate", b"").content)
        return given["certificate"], given["authority"]

    def _read(self, path: str) -> dict[str, Any]:
        return msgspec.json.decode(self._call("GET", path, b"").content)

    def _send(self, path: str, body: bytes) -> dict[str, Any]:
        return msgspec.json.decode(self._call("POST", path, body).content)

    def _call(
        self, method: str, path: str, body: bytes, *, media_type: str = _FHIR, query: str = ""
    ) -> httpx2.Response:
        """Make a call, again if the server was busy, failed or out of reach: no call here counts twice."""
        for attempt in range(1, _TRIES + 1):
            try:
                return self._once(method, path, body, media_type, query)
            except httpx2.TransportError:
                if attempt == _TRIES:
                    raise
            except RefusedError as refused:
                if refused.code == "token-invalid":
                    self._token = ""  # revoked, or the server's keys have changed
                elif refused.status not in _TRANSIENT:
                    raise
                if attempt == _TRIES:
                    raise
            self._wait(_WAIT_SECONDS * 2 ** (attempt - 1))
        raise AssertionError

    def _once(
        self, method: str, path: str, body: bytes, media_type: str, query: str
    ) -> httpx2.Response:
        self._renew()
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": media_type}
        if not isinstance(self._key, ssl.SSLContext):
            proof = _proof(
                self._key, method, self._origin + path, self._now(), token=self._token
            )
            headers |= {"Authorization": f"DPoP {self._token}", "DPoP": proof}
        answer = self._http.request(method, path + query, content=body, headers=headers)
        if not answer.is_success:
            raise read_refusal(answer)
        return answer

    def _renew(self) -> None:
        """Get a token if there is none or it is about to end (RFC 7523, RFC 9449 section 5)."""
        now = self._now().timestamp()
        if self._token and now < self._token_ends - _LEFT_SECONDS:
            return
        answer = self._ask_token()
        if b'"use_dpop_nonce"' in answer.content:
            answer = self._ask_token()
        if not answer.is_success:
            raise read_refusal(answer)
        given: dict[str, Any] = msgspec.json.decode(answer.content)
        self._token, self._token_ends = given["access_token"], now + given["expires_in"]

    def _ask_token(self) -> httpx2.Response:
        """Ask for a token under the last nonce that the server gave, and keep the one it gives now."""
        if isinstance(self._key, ssl.SSLContext):
            who = {"grant_type": "client_credentials", "client_id": str(self._establishment)}
            return self._http.post(_WHERE_TOKENS_ARE, data=who)
        url, now = self._origin + _WHERE_TOKENS_ARE, self._now()
        claims = assertion_claims(self._establishment, url, now)
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": signed(self._key, {"typ": "JWT"}, claims),
        }
        proof = _proof(self._key, "POST", url, now, nonce=self._nonce)
        headers = {"DPoP": proof}
        if self.attestation:
            headers["OAuth-Client-Attestation"] = self.attestation
        answer = self._http.post(_WHERE_TOKENS_ARE, data=form, headers=headers)
        self._nonce = answer.headers.get("DPoP-Nonce", self._nonce)
        return answer


def _proof(
    key: Signer, method: str, url: str, now: datetime, *, token: str = "", nonce: str = ""
) -> str:
    claims = proof_claims(method, url, now, token, nonce)
    return signed(key, {"typ": "dpop+jwt", "jwk": dict(key.jwk)}, claims)


def read_refusal(answer: httpx2.Response) -> RefusedError:
    """Read a refusal: an OperationOutcome, or the token endpoint's own words."""
    try:
        said: dict[str, Any] = msgspec.json.decode(answer.content)
        if "issue" in said:
            issue = said["issue"][0]
            codes = issue["details"].get("coding", ())
            place = "".join(f"{one}: " for one in issue.get("expression", ()))
            code = codes[0]["code"] if codes else ""
            return RefusedError(answer.status_code, code, place + issue["details"]["text"])
        return RefusedError(
            answer.status_code, said["error_description"], said.get("remedy", "")
        )
    except (msgspec.DecodeError, LookupError, TypeError):
        return RefusedError(answer.status_code, "", answer.reason_phrase)
