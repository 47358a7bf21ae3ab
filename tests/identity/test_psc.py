"""Pro Santé Connect: who a professional is, believed once, from the browser that left, and no more."""

import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from conftest import Place, now, run
from egide import db
from egide.core.refusal import Refusal
from egide.identity import Professional, Psc, PscSettings, Returned
from identity.issuer import CLIENT, ISSUER, SECRET, Issuer, confused, unsigned

_SETTINGS = PscSettings(ISSUER, CLIENT, SECRET)
_ORIGIN = "https://egide.example"
_BROWSER, _OTHER = "A" * 43, "B" * 43


@pytest.fixture
def issuer() -> Issuer:
    return Issuer(now(), "10000000001", siret="12345678900011", finess="750000001")


class _Leaving:
    """A browser that leaves for the issuer and comes back."""

    def __init__(self, place: Place, issuer: Issuer) -> None:
        self.place = place
        self.issuer = issuer
        self.psc = Psc(_SETTINGS, _ORIGIN, transport=issuer.transport())

    def leave(self, browser: str = _BROWSER) -> dict[str, str]:
        async def work() -> str:
            async with self.place.store.pool("portal") as pool:
                return await self.psc.leave(pool, browser, now())

        location = run(work())
        assert location.startswith("https://wallet.example/auth?")
        return self.issuer.confirm(location)

    def back(self, brought: dict[str, str], browser: str = _BROWSER) -> Professional:
        returned = Returned(brought["state"], brought["code"], brought["iss"])

        async def work() -> Professional:
            async with self.place.store.pool("portal") as pool:
                return await self.psc.come_back(pool, browser, returned, now())

        return run(work())


def _refused(leaving: _Leaving, brought: dict[str, str], browser: str = _BROWSER) -> str:
    with pytest.raises(Refusal) as refused:
        leaving.back(brought, browser)
    return refused.value.code.value


def test_a_professional_is_known_by_its_number_and_where_it_practises(
    place: Place, issuer: Issuer
) -> None:
    leaving = _Leaving(place, issuer)
    assert leaving.back(leaving.leave()) == Professional(
        rpps="10000000001",
        label="Camille ESSAI",
        sirets=frozenset({"12345678900011"}),
        finess=frozenset({"750000001"}),
        profession="",
        own=([], []),
    )


def test_what_comes_back_serves_once_and_in_the_browser_that_left(
    place: Place, issuer: Issuer
) -> None:
    leaving = _Leaving(place, issuer)
    brought = leaving.leave()
    assert _refused(leaving, brought, _OTHER) == "psc-refused"
    assert _refused(leaving, brought) == "psc-refused"  # the thief's try has used it up
    brought = leaving.leave()
    leaving.back(brought)
    assert _refused(leaving, brought) == "psc-refused"
    assert _refused(leaving, brought | {"state": "never given"}) == "psc-refused"


def test_two_issuers_are_not_mixed_up(place: Place, issuer: Issuer) -> None:
    leaving = _Leaving(place, issuer)
    for other in ("https://evil.example", ""):
        assert _refused(leaving, leaving.leave() | {"iss": other}) == "psc-refused"
    leaving.back(leaving.leave())


def test_a_code_of_another_login_is_refused(place: Place, issuer: Issuer) -> None:
    leaving = _Leaving(place, issuer)
    mine, theirs = leaving.leave(), leaving.leave(_OTHER)
    assert _refused(leaving, mine | {"code": theirs["code"]}) == "psc-refused"


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another"},
        {"aud": None},
        {"nonce": "another"},
        {"nonce": None},
        {"acr": "eidas0"},
        {"acr": None},
        {"exp": 1_000_000},
        {"exp": None},
        {"iat": 4_000_000_000},
        {"sub": None},
        {"sub": "f:1:another"},
        {"azp": "another"},
        {"auth_time": 1_700_000_000},
        {"auth_time": None},
    ],
)  # fmt: skip
def test_a_token_that_says_something_else_is_refused(
    place: Place, issuer: Issuer, claims: dict[str, Any]
) -> None:
    leaving = _Leaving(place, issuer)
    leaving.back(leaving.leave())
    issuer.lies["claims"] = claims
    assert _refused(leaving, leaving.leave()) == "psc-refused"


def test_a_token_of_another_key_or_of_none_is_refused(place: Place, issuer: Issuer) -> None:
    leaving = _Leaving(place, issuer)
    brought = leaving.leave()
    issuer.lies["signer"] = RSAKey.generate_key(2048, {"kid": "k1"})
    assert _refused(leaving, brought) == "psc-refused"
    public = issuer.key.as_pem(private=False)
    forgers: list[Callable[[dict[str, Any]], str]] = [
        unsigned,
        lambda claims: confused(claims, public),
        lambda _: "not a token",
    ]
    del issuer.lies["signer"]
    for forge in forgers:
        issuer.lies["forge"] = forge
        assert _refused(leaving, leaving.leave()) == "psc-refused"
    header = {"alg": "RS256", "kid": "k1"}
    issuer.lies["forge"] = lambda claims: jwt.encode(header, claims, issuer.key)
    leaving.back(leaving.leave())  # what was forged was whole, but for its signature


@pytest.mark.parametrize(
    "userinfo",
    [
        {"sub": "f:1:another"},
        {"sub": None},
        {"SubjectNameID": "0123456789"},
        {"SubjectNameID": "8123"},
        {"SubjectNameID": "3100000000012345"},
        {"SubjectNameID": None},
    ],
)
def test_an_identity_without_rpps_or_of_another_is_refused(
    place: Place, issuer: Issuer, userinfo: dict[str, Any]
) -> None:
    leaving = _Leaving(place, issuer)
    issuer.lies["userinfo"] = userinfo
    assert _refused(leaving, leaving.leave()) == "psc-refused"


@pytest.mark.parametrize(
    "practices",
    [None, [], {"exercices": None}, {"exercices": [None, {"activities": [None, 3]}]}],
)
def test_claims_of_another_shape_name_no_place(
    place: Place, issuer: Issuer, practices: object
) -> None:
    leaving = _Leaving(place, issuer)
    issuer.lies["userinfo"] = {"SubjectRefPro": practices}
    who = leaving.back(leaving.leave())
    assert (who.sirets, who.finess) == (frozenset(), frozenset())


def test_what_was_left_ten_minutes_ago_is_forgotten(place: Place, issuer: Issuer) -> None:
    leaving = _Leaving(place, issuer)
    for age, code in (("9 minutes 50 seconds", ""), ("10 minutes 1 second", "psc-refused")):
        brought = leaving.leave()

        async def later(by: str) -> None:
            async with place.store.pool("owner") as pool, db.statement(pool) as tx:
                await db.run(
                    tx, "update oidc_login set expires_at = expires_at - $1::text::interval", by
                )

        run(later(age))
        if code:
            assert _refused(leaving, brought) == code
        else:
            leaving.back(brought)


def test_keys_that_the_issuer_changed_are_read_again(place: Place, issuer: Issuer) -> None:
    leaving = _Leaving(place, issuer)
    leaving.back(leaving.leave())
    issuer.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig"})
    assert _refused(leaving, leaving.leave()) == "psc-refused"
    leaving.back(leaving.leave())


def test_what_the_issuer_cannot_say_is_not_a_defect_of_ours(
    place: Place, issuer: Issuer
) -> None:
    leaving = _Leaving(place, issuer)
    issuer.lies["raw"] = httpx2.Response(200, json=["not", "claims"])
    assert _refused(leaving, leaving.leave()) == "psc-refused"
    issuer.lies["raw"] = httpx2.Response(503)
    assert _refused(leaving, leaving.leave()) == "psc-unreachable"
    issuer.lies["raw"] = httpx2.Response(403)
    assert _refused(leaving, leaving.leave()) == "psc-refused"


def test_an_issuer_that_is_away_or_is_another_is_said_so(place: Place, issuer: Issuer) -> None:
    leaving = _Leaving(place, issuer)
    brought = leaving.leave()
    issuer.is_down = True
    assert _refused(leaving, brought) == "psc-unreachable"
    with pytest.raises(Refusal, match="psc-unreachable"):
        _Leaving(place, issuer).leave()
    issuer.is_down = False
    issuer.lies["metadata"] = {"issuer": "https://evil.example"}
    with pytest.raises(Refusal, match="psc-unreachable"):
        _Leaving(place, issuer).leave()


def test_settings_that_others_may_read_are_refused(tmp_path: Any) -> None:
    file = tmp_path / "psc.json"
    with pytest.raises(FileNotFoundError):
        PscSettings.read(file)
    file.write_text(
        json.dumps({"issuer": ISSUER, "client_id": CLIENT, "client_secret": SECRET})
    )
    file.chmod(0o644)
    with pytest.raises(ValueError, match="chmod 600"):
        PscSettings.read(file)
    file.chmod(0o600)
    assert PscSettings.read(file) == _SETTINGS
