"""The portal in a real Chromium with a virtual authenticator: what a person sees and does.

Needs Chromium (``apt-get install chromium``) and Playwright; left to ``./egide test --all``.
"""

import pytest

from browser.pictures import picture

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")


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
    page.locator("#name").fill("Ordinateur du comptoir")
    page.get_by_role("button", name="Créer ma clé d'accès").click()
    expect(page.get_by_role("heading", name="Pharmacie de l'Étoile")).to_be_visible()
    expect(page.locator("#passkeys")).to_contain_text("Ordinateur du comptoir")
    expect(page.locator("#keys tr")).to_have_count(1)
    picture(page, "portal-in")

    # A key of the counter's software, taken away by a touch of the passkey.
    page.locator("#keys").get_by_role("button", name="Retirer").click()
    expect(page.get_by_role("status")).to_contain_text("n'entre plus")
    expect(page.locator("#keys").get_by_role("button")).to_have_count(0)

    # A new bank account, asked by one and left for another to approve.
    page.get_by_label("Nouvel IBAN").fill("FR14 2004 1010 0505 0001 3M02 606")
    page.get_by_role("button", name="Demander ce changement").click()
    expect(page.get_by_role("status")).to_contain_text("une autre personne doit l'approuver")
    expect(page.locator("#changes")).to_contain_text("pas encore approuvé")
    expect(page.locator("#changes").get_by_role("button", name="Approuver")).to_have_count(0)
    assert "2004" not in page.content()
    picture(page, "portal-bank")
    page.locator("#changes").get_by_role("button", name="Arrêter").click()
    expect(page.get_by_role("status")).to_contain_text("Changement arrêté")
    expect(page.locator("#changes tr")).to_have_count(0)

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


def test_an_insured_person_sees_who_looked(card_code: str, page: "playwright.Page") -> None:
    expect = playwright.expect
    page.goto("/portal")
    page.get_by_label("Code d'activation").fill(card_code)
    page.get_by_role("button", name="Créer ma clé d'accès").click()
    expect(page.get_by_role("heading", name="Qui a consulté mes droits")).to_be_visible()
    expect(page.locator("#accesses tr")).to_have_count(2)
    expect(page.locator("#accesses")).to_contain_text("votre carte présentée")
    expect(page.locator("#accesses")).to_contain_text("vos numéros saisis, sans la carte")
    expect(page.locator("#changing")).to_be_hidden()
    expect(page.locator("#software")).to_be_hidden()
    picture(page, "insured")
