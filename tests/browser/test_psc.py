"""A professional comes in by Pro Santé Connect: a certified provider set up to speak like it, in a real browser.

Needs Chromium, Playwright and Node.js; left to ``./egide test --all``.
"""

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from browser.pictures import picture
from conftest import HOST, Place, free_port, run, start_server
from egide import db
from enrolment.test_applications import GOOD, site_numbers

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
_PEER = Path(__file__).resolve().parents[1] / "identity" / "peer"
_NPM, _NODE = shutil.which("npm"), shutil.which("node")


def _directory(place: Place) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a professional of the directory and its establishment."""
    rows = [json.loads(line) for line in place.france.directory]
    professional = next(row for row in rows if row["kind"] == "professional")
    establishments = (row for row in rows if row["kind"] == "establishment")
    return professional, next(
        row for row in establishments if row["id"] == professional["establishment"]
    )


@contextmanager
def _known_to_a_provider(place: Place, claims: dict[str, Any], amc: str = "") -> Generator[str]:
    """Serve the portal, known to a provider beside it, which vouches for one person: of an insurer, if one is named."""
    if _NPM is None or _NODE is None:
        pytest.skip("no Node.js here")
    if not (_PEER / "node_modules").exists():
        subprocess.run([_NPM, "ci", "--silent"], cwd=_PEER, check=True)
    ports = free_port(), free_port()
    origin, secret = f"http://localhost:{ports[0]}", secrets.token_urlsafe()
    settings = place.settings.data / f"psc-{ports[0]}.json"
    known = {
        "issuer": f"http://localhost:{ports[1]}",
        "client_id": "egide",
        "client_secret": secret,
    }
    space = {"amc": amc, "claim": "reference", "scope": "openid scope_all"}
    settings.write_text(json.dumps([known | space] if amc else known))
    settings.chmod(0o600)
    door = f"insurer/{amc}" if amc else "psc"
    command = [_NODE, "peer.mjs", str(ports[1]), f"{origin}/portal/{door}", json.dumps(claims)]
    environment = {**os.environ, "PEER_SECRET": secret}
    peer = subprocess.Popen(command, cwd=_PEER, env=environment, stdout=subprocess.PIPE)
    assert peer.stdout is not None and b"ready" in peer.stdout.readline()
    process = start_server(
        place,
        ports[0],
        "--origin",
        origin,
        "--host",
        HOST,
        environment={"EGIDE_INSURERS" if amc else "EGIDE_PSC": str(settings)},
    )
    try:
        yield origin
    finally:
        for one in (process, peer):
            one.terminate()
            one.wait(30)
        settings.unlink()


@pytest.fixture(scope="module")
def portal(place: Place) -> Iterator[str]:
    """The portal, and a provider that vouches for a professional of the directory."""
    professional, establishment = _directory(place)
    activity = {
        "numeroSiretSite": establishment["siret"],
        "raisonSocialeSite": establishment["name"],
    }
    with _known_to_a_provider(place, _claims(professional["rpps"], activity)) as origin:
        yield origin


def _claims(rpps: str, activity: dict[str, str]) -> dict[str, Any]:
    return {
        "SubjectNameID": f"8{rpps}",
        "given_name": "Camille",
        "family_name": "ESSAI",
        "SubjectRefPro": {"exercices": [{"codeProfession": "21", "activities": [activity]}]},
    }


@pytest.fixture
def member(place: Place) -> Iterator[str]:
    """A portal where the member of an insurer comes in by that insurer's own space."""
    person = place.france.persons[60]
    with _known_to_a_provider(place, {"reference": person.reference}, person.amc) as origin:
        yield origin


@pytest.fixture
def new_establishment(place: Place) -> Iterator[str]:
    """A portal where a pharmacist of no establishment comes in; no bank is known to it."""
    finess, siret = site_numbers(900)

    async def register() -> None:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            query = "insert into finess_site values ($1, '', $2, 'PHARMACIE DES LILAS', '620', '13')"
            await db.run(tx, query, finess, siret)

    run(register())
    claims = _claims("10987654321", {"numeroSiretSite": siret, "codeModeExercice": "L"})
    with _known_to_a_provider(place, claims) as origin:
        yield origin


def test_a_professional_is_recognised_makes_its_passkey_and_comes_back_with_it(
    page: "playwright.Page",
) -> None:
    expect = playwright.expect
    page.goto("/portal")
    picture(page, "psc-out")
    page.get_by_role("button", name="Pro Santé Connect").click()
    expect(page.get_by_role("status")).to_contain_text("Il reste à créer votre clé d'accès")
    assert page.url.endswith("/portal")  # what came back has left the address bar
    picture(page, "psc-back")
    page.locator("#recognised").get_by_role("button", name="Créer ma clé d'accès").click()
    expect(page.get_by_role("heading", name="Camille ESSAI")).to_be_visible()
    expect(page.locator("#role")).to_contain_text("Professionnel de santé")
    picture(page, "psc-in")
    page.get_by_role("button", name="Quitter").click()
    page.get_by_role("button", name="Entrer avec ma clé d'accès").click()
    expect(page.get_by_role("heading", name="Camille ESSAI")).to_be_visible()

    # A thief of the professional's phone finds an account that its own passkey holds.
    page.get_by_role("button", name="Quitter").click()
    expect(page.get_by_role("heading", name="Entrer")).to_be_visible()
    page.get_by_role("button", name="Pro Santé Connect").click()
    expect(page.get_by_role("status")).to_contain_text("a déjà une clé d'accès")


def test_a_member_is_recognised_by_its_insurer_and_sees_who_looked(
    insured: "playwright.Page",
) -> None:
    expect, page = playwright.expect, insured
    page.goto("/portal")
    picture(page, "insurer-out")
    page.get_by_role("button", name="Aller chez ma mutuelle").click()
    expect(page.get_by_role("status")).to_contain_text("Il reste à créer votre clé d'accès")
    page.locator("#recognised").get_by_role("button", name="Créer ma clé d'accès").click()
    expect(page.get_by_role("heading", name="Personne assurée")).to_be_visible()
    expect(page.get_by_role("heading", name="Qui a consulté mes droits")).to_be_visible()
    picture(page, "insurer-in")


def test_what_comes_back_to_another_browser_is_worth_nothing(page: "playwright.Page") -> None:
    expect = playwright.expect
    page.goto("/portal/psc?code=stolen&state=stolen")
    expect(page.get_by_role("status")).to_contain_text("ne vous a pas reconnu")
    page.goto("/portal/psc?error=access_denied&state=x")
    expect(page.get_by_role("status")).to_contain_text("n'a reconnu personne")
    assert page.url.endswith("/portal")


def test_a_pharmacist_applies_and_signs_its_convention(newcomer: "playwright.Page") -> None:
    expect, page = playwright.expect, newcomer
    page.goto("/portal")
    page.get_by_role("button", name="Pro Santé Connect").click()
    expect(page.get_by_role("status")).to_contain_text("Vous êtes reconnu")
    page.locator("#recognised").get_by_role("button", name="Créer ma clé d'accès").click()
    expect(page.get_by_role("heading", name="Conventionner mon établissement")).to_be_visible()
    page.locator("#apply-iban").fill(GOOD)
    page.locator("#apply-mail").fill("lilas@exemple.fr")
    picture(page, "apply")
    page.get_by_role("button", name="Lire la convention").click()
    expect(page.locator("#document")).to_contain_text("PHARMACIE DES LILAS")
    picture(page, "convention")
    page.get_by_role("button", name="Signer avec ma clé d'accès").click()
    expect(page.get_by_role("status")).to_contain_text("Convention signée")
    expect(page.locator("#apply-state")).to_contain_text("l'opérateur examine la demande")
    expect(page.locator("#apply")).to_be_hidden()
