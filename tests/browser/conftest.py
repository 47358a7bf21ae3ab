"""A real Chromium with a virtual authenticator, and the portal it opens."""

import shutil
from collections.abc import Iterator

import pytest

from conftest import HOST, Place, free_port, now, run, start_server
from egide import db
from egide.access import Role
from egide.people import Invitation, invite
from egide.vault import KeyRing, Sealer

playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
_CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


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
