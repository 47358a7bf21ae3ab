"""The portal in a real Chromium with a virtual authenticator: what a person sees and does.

Needs Chromium (``apt-get install chromium``) and Playwright; left to ``./egide test --all``.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from conftest import HOST, Place, free_port, now, run, start_server
from egide import db
from egide.access import Role
from egide.people import Invitation, invite
from egide.vault import KeyRing, Sealer

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_PICTURES = Path(__file__).resolve().parents[2] / "var" / "pictures"


@pytest.fixture(scope="module")
def portal(place: Place) -> Iterator[str]:
    port = free_port()
    origin = f"http://localhost:{port}"
    process = start_server(place, port, "--origin", origin, "--host", HOST)
    try:
        yield origin
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def code(place: Place) -> str:
    """An activation code; made before the browser, whose loop lets no other run."""

    async def work() -> str:
        async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
            wanted = Invitation(
                role=Role.ADMINISTRATOR,
                label="Pharmacie de l'Étoile, titulaire",
                establishment_id=place.france.shops[0].establishment_id,
            )
            made = await invite(tx, wanted, sealer=Sealer(KeyRing.open(place.keys)), now=now())
            return made.code

    return run(work())


@pytest.fixture
def page(code: str, portal: str) -> Iterator["playwright.Page"]:
    if _CHROMIUM is None:
        pytest.skip("no Chromium here")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=_CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(base_url=portal, locale="fr-FR")
        page.on("pageerror", lambda error: pytest.fail(str(error)))
        devtools = page.context.new_cdp_session(page)
        devtools.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield page
        browser.close()


def picture(page: "playwright.Page", name: str) -> None:
    _PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=_PICTURES / f"{name}.png", full_page=True)


def test_a_person_enrols_works_leaves_and_comes_back(
    code: str, page: "playwright.Page"
) -> None:
    expect = playwright.expect
    page.goto("/portal")
    expect(page.get_by_role("heading", name="Entrer")).to_be_visible()
    picture(page, "portal-out")
    page.get_by_label("Code d'activation").fill("0" * 26)
    page.get_by_role("button", name="Créer ma clé d'accès").click()
    expect(page.get_by_role("status")).to_contain_text("n'est pas valable")
    page.get_by_label("Code d'activation").fill(code.lower())
    page.get_by_label("Nom de cet appareil").fill("Ordinateur du comptoir")
    page.get_by_role("button", name="Créer ma clé d'accès").click()
    expect(page.get_by_role("heading", name="Pharmacie de l'Étoile")).to_be_visible()
    expect(page.locator("#passkeys")).to_contain_text("Ordinateur du comptoir")
    expect(page.locator("#keys tr")).to_have_count(1)
    picture(page, "portal-in")

    # A key of the counter's software, taken away by a touch of the passkey.
    page.locator("#keys").get_by_role("button", name="Retirer").click()
    expect(page.get_by_role("status")).to_contain_text("n'entre plus")
    expect(page.locator("#keys").get_by_role("button")).to_have_count(0)

    page.reload()
    expect(page.get_by_role("heading", name="Pharmacie de l'Étoile")).to_be_visible()
    page.get_by_role("button", name="Quitter").click()
    expect(page.get_by_role("heading", name="Entrer")).to_be_visible()
    page.get_by_role("button", name="Entrer avec ma clé d'accès").click()
    expect(page.get_by_role("heading", name="Pharmacie de l'Étoile")).to_be_visible()


def test_the_cookie_without_the_browsers_key_shows_nothing(
    code: str, page: "playwright.Page"
) -> None:
    expect = playwright.expect
    page.goto("/portal")
    page.get_by_label("Code d'activation").fill(code)
    page.get_by_role("button", name="Créer ma clé d'accès").click()
    expect(page.locator("#passkeys tr")).to_have_count(1)
    # The thief has cookie and session number, but the key never leaves the browser.
    page.evaluate(
        """async () => {
            const opened = indexedDB.open('egide', 1);
            await new Promise((done) => { opened.onsuccess = done; });
            const other = await crypto.subtle.generateKey({name: 'ECDSA', namedCurve: 'P-256'}, false, ['sign']);
            const box = opened.result.transaction('kept', 'readwrite').objectStore('kept');
            await new Promise((done) => { box.put(other, 'key').onsuccess = done; });
        }"""
    )
    page.reload()
    expect(page.get_by_role("heading", name="Entrer")).to_be_visible()
    assert page.locator("#passkeys tr").count() == 0
