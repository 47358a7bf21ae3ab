"""What an insurer's own service sends: signed, taken once, and about what waits for it alone."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conftest import now
from egide.client.messages import claim, item
from egide.drills.shows import by_card
from insurers.conftest import Asking
from payments.builders import close as settle
from preauth.builders import (
    DAY,
    broken,
    call,
    change,
    demand,
    invoice,
    pair,
    refused,
    rows,
    sent,
)


def _billed(asking: Asking, who: int, number: str) -> dict[str, Any]:
    """Bill a visit; return what waits of it."""
    shop = asking.server.shops("dentist")[1]
    body = claim(
        by_card(asking.person(who)), number, DAY, [item(1, "ccam:HBJD001", 2_892, DAY)]
    )
    answer = sent(asking.server, shop, body)
    assert "d'ici le" in answer["disposition"] and "payment" not in answer
    assert sent(asking.server, shop, body) == answer
    [one] = [each for each in asking.waiting()["claims"] if each["claim"] == answer["id"]]
    return one


def _state(asking: Asking, number: str) -> str:
    [row] = rows(asking.server, "select state from claim where invoice = $1", number)
    return str(row["state"])


def _read(asking: Asking, one: dict[str, Any]) -> dict[str, Any]:
    shop = asking.server.shops("dentist")[1]
    path = f"/fhir/ClaimResponse/{one['claim']}"
    return call(asking.server, shop, b"", path, "GET")[1]


class TestAcceptance:
    def test_an_invoice_waits_then_is_paid_or_ended(self, accepting: Asking) -> None:
        first, second, third = (_billed(accepting, n, f"AC-{n}") for n in (1, 2, 3))
        said = _read(accepting, first)
        assert "d'ici le" in said["disposition"] and "payment" not in said
        assert [line["act"]["code"] for line in first["lines"]] == ["HBJD001"]
        settle(accepting.server.place)
        assert {_state(accepting, f"AC-{n}") for n in (1, 2, 3)} == {"payable"}
        assert (
            accepting.event("claim.answered", {"claim": first["claim"], "decision": "accept"})[
                0
            ]
            == 200
        )
        no = {"claim": second["claim"], "decision": "refuse", "reason": "renewal-not-due"}
        assert accepting.event("claim.answered", no)[0] == 200
        said = _read(accepting, second)
        assert said["outcome"] == "error" and "payment" not in said
        assert said["error"][0]["code"]["coding"][0]["code"] == "I01"
        used = "select count(*) as n from consumption u join claim c using (claim_id) where c.invoice = 'AC-2'"
        assert rows(accepting.server, used)[0]["n"] == 0
        settle(accepting.server.place)
        states = [_state(accepting, f"AC-{n}") for n in (1, 2, 3)]
        assert states == ["settled", "cancelled", "payable"]
        # Its silence accepts.
        change(
            accepting.server,
            "update claim_acceptance a set answer_by = answer_by - 30 from claim c"
            " where c.claim_id = a.claim_id and c.invoice = 'AC-3'",
        )
        late = accepting.event(
            "claim.answered", {"claim": third["claim"], "decision": "accept"}
        )
        assert (late[0], refused(late[1])) == (404, "event-unknown")
        settle(accepting.server.place)
        assert _state(accepting, "AC-3") == "settled"
        assert not broken(accepting.server)

    def test_its_silence_refuses_where_its_contract_says_so(self, refusing: Asking) -> None:
        one = _billed(refusing, 4, "RF-1")
        settle(refusing.server.place)
        assert _state(refusing, "RF-1") == "payable"
        change(
            refusing.server,
            "update claim_acceptance a set answer_by = answer_by - 30 from claim c"
            " where c.claim_id = a.claim_id and c.invoice = 'RF-1'",
        )
        settle(refusing.server.place)
        assert _state(refusing, "RF-1") == "cancelled"
        assert "dans le délai" in _read(refusing, one)["disposition"]
        settle(refusing.server.place)  # and nobody takes the end of it for a thief's
        assert _state(refusing, "RF-1") == "cancelled"
        assert not broken(refusing.server)

    def test_what_a_prise_en_charge_promised_waits_for_nobody(self, accepting: Asking) -> None:
        shop = accepting.server.shops("optician")[1]
        granted = sent(accepting.server, shop, demand(accepting.person(20), "AC-D", pair()))
        billed = sent(accepting.server, shop, invoice(granted["preAuthRef"], "AC-DF", pair()))
        waiting = {each["claim"] for each in accepting.waiting()["claims"]}
        assert "payment" in billed and billed["id"] not in waiting

    def test_an_establishment_still_cancels_one_that_waits(self, accepting: Asking) -> None:
        one = _billed(accepting, 5, "AC-5")
        body = msgspec.json.encode(
            {
                "resourceType": "Claim",
                "use": "claim",
                "status": "cancelled",
                "identifier": [{"system": "urn:egide:invoice", "value": "AC-5"}],
            }
        )
        sent(accepting.server, accepting.server.shops("dentist")[1], body)
        no = accepting.event("claim.answered", {"claim": one["claim"], "decision": "accept"})
        assert refused(no[1]) == "event-unknown"


class TestSignatures:
    def test_another_key_another_time_or_another_body_is_nobody(
        self, accepting: Asking
    ) -> None:
        one = _billed(accepting, 6, "SG-1")
        data = {"claim": one["claim"], "decision": "accept"}
        stranger = Ed25519PrivateKey.generate()
        for how in (
            {"key": stranger},
            {"at": now() - timedelta(minutes=6)},
            {"at": now() + timedelta(minutes=6)},
            {"number": "a b"},
        ):
            status, said = accepting.event("claim.answered", data, **how)
            assert (status, refused(said)) == (401, "signature-invalid"), how
        assert one["claim"] in {each["claim"] for each in accepting.waiting()["claims"]}
        assert (
            accepting.signed(b"", path="insurer-waiting", method="GET", key=stranger)[0] == 401
        )

    def test_an_event_is_taken_once(self, accepting: Asking) -> None:
        one, other = _billed(accepting, 7, "EV-1"), _billed(accepting, 8, "EV-2")
        number, at = f"ev_{uuid4().hex}", now()
        body = msgspec.json.encode(
            {
                "type": "claim.answered",
                "timestamp": at.isoformat(),
                "data": {"claim": one["claim"], "decision": "accept"},
            }
        )
        for _ in range(3):
            assert accepting.signed(body, number=number)[0] == 200
        status, said = accepting.event(
            "claim.answered", {"claim": other["claim"], "decision": "accept"}, number=number
        )
        assert (status, refused(said)) == (409, "event-reused")
        assert other["claim"] in {each["claim"] for each in accepting.waiting()["claims"]}

    @pytest.mark.parametrize(
        ("kind", "data", "code"),
        [
            ("claim.answered", {"claim": "x", "decision": "accept"}, "event-unknown"),
            ("claim.answered", {"claim": "0" * 26, "decision": "accept"}, "event-unknown"),
            ("claim.answered", {"claim": "0" * 26, "decision": "perhaps"}, "value-invalid"),
            ("claim.answered", {"claim": "0" * 26, "decision": "refuse"}, "value-invalid"),
            (
                "claim.answered",
                {"claim": "0" * 26, "decision": "accept", "reason": "other"},
                "value-invalid",
            ),
            ("preauth.answered", {"preauth": "0" * 26, "decision": "grant"}, "event-unknown"),
            ("card.printed", {"decision": "accept"}, "value-invalid"),
        ],
    )
    def test_what_it_was_never_asked_changes_nothing(
        self, accepting: Asking, kind: str, data: dict[str, Any], code: str
    ) -> None:
        status, said = accepting.event(kind, data)
        assert status in {404, 422} and refused(said) == code

    def test_what_was_refused_may_be_sent_again_mended(self, accepting: Asking) -> None:
        one, number = _billed(accepting, 9, "EV-3"), f"ev_{uuid4().hex}"
        bad = {"claim": one["claim"], "decision": "refuse"}
        assert accepting.event("claim.answered", bad, number=number)[0] == 422
        good = bad | {"reason": "other"}
        assert accepting.event("claim.answered", good, number=number)[0] == 200

    def test_another_insurers_invoice_is_not_its_own(self, accepting: Asking) -> None:
        shop = accepting.server.shops("dentist")[1]
        other = next(
            one
            for one in accepting.server.place.france.persons
            if one.covered and one.card and one.amc != accepting.amc
        )
        lines = [item(1, "ccam:HBJD001", 2_892, DAY)]
        answer = sent(accepting.server, shop, claim(by_card(other), "EV-4", DAY, lines))
        data = {"claim": answer["id"], "decision": "refuse", "reason": "other"}
        assert refused(accepting.event("claim.answered", data)[1]) == "event-unknown"
        assert _state(accepting, "EV-4") == "payable"
