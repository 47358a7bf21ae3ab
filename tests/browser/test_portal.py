"""The portal in a real Chromium with a virtual authenticator: what a person sees and does.

Needs Chromium (``apt-get install chromium``) and Playwright; left to ``./egide test --all``.
"""

import json
import re
from pathlib import Path

import httpx2
import pytest

from browser.pictures import picture
from egide.doubles.device import Browser, SecurityKey

pytestmark = pytest.mark.slow
playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")


def _enrol(page: "playwright.Page", code: str) -> None:
    """Make a first passkey with a code, and be in."""
    page.goto("/portal")
    page.get_by_label("Code d'activation").fill(code)
    page.get_by_role("button", name="Créer ma clé d'accès").click()


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

    # A key of the counter's software, taken away by a reauthentication by passkey.
    page.locator("#keys").get_by_role("button", name="Retirer").click()
    expect(page.get_by_role("status")).to_contain_text("n'entre plus")
    expect(page.locator("#keys").get_by_role("button")).to_have_count(0)

    # A new bank account, asked by one and left for another to approve.
    page.get_by_label("Nouvel IBAN").fill("FR14 2004 1010 0505 0001 3M02 606")
    page.get_by_role("button", name="Demander ce changement de compte").click()
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
    _enrol(page, code)
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


def test_an_account_that_another_asked_for_is_approved_by_saying_it_again(
    pair_codes: list[str], portal: str, page: "playwright.Page"
) -> None:
    expect = playwright.expect
    number = "FR14 2004 1010 0505 0001 3M02 606"
    with httpx2.Client(base_url=portal) as client:
        other = Browser(portal, client)
        assert other.enrol(SecurityKey(portal), pair_codes[0])[0] == 200
        assert other.post("/portal/changes/iban", {"iban": number})[0] == 200
    _enrol(page, pair_codes[1])
    page.locator("#changes").get_by_role("button", name="Approuver").click()
    expect(page.locator("#approving")).to_contain_text("compte bancaire")
    expect(page.get_by_label("Nouveau téléphone")).to_be_hidden()
    picture(page, "approving")
    said = page.get_by_label("IBAN du nouveau compte, tel que")
    said.fill("FR76 3000 6000 0112 3456 7890 189")
    page.get_by_role("button", name="Approuver ce changement").click()
    expect(page.get_by_role("status")).to_have_class("no")
    expect(page.locator("#approving")).to_be_visible()
    said.fill(number)
    page.get_by_role("button", name="Approuver ce changement").click()
    expect(page.get_by_role("status")).to_contain_text("en vigueur dans trois jours")
    expect(page.locator("#approving")).to_be_hidden()
    expect(page.locator("#changes")).to_contain_text("approuvé par")


def test_an_insured_person_sees_who_looked_and_answers(
    card_code: str, finess_of_a_establishment: str, page: "playwright.Page"
) -> None:
    expect = playwright.expect
    _enrol(page, card_code)
    expect(page.get_by_role("heading", name="Qui a consulté mes droits")).to_be_visible()
    # What was answered on it, and that it has opened its own space.
    expect(page.locator("#accesses tr")).to_have_count(4)
    expect(page.locator("#accesses")).to_contain_text("Vous-même")
    expect(page.locator("#accesses")).to_contain_text("prise en charge")
    expect(page.locator("#taken-over")).to_be_hidden()
    expect(page.locator("#accesses")).to_contain_text("votre carte présentée")
    expect(page.locator("#accesses")).to_contain_text("vos numéros saisis, sans la carte")
    expect(page.locator("#changing")).to_be_hidden()
    expect(page.locator("#software")).to_be_hidden()
    with page.expect_download() as kept:
        page.get_by_role("button", name="Garder la preuve").first.click()
    receipt = json.loads(Path(kept.value.path()).read_text())
    assert receipt["entry"]["purpose"] in {"rights", "preauth", "own"}
    page.get_by_role("button", name="C'était bien moi").first.click()
    expect(page.get_by_role("status")).to_contain_text("c'est noté")
    expect(page.get_by_role("button", name="C'était bien moi")).to_have_count(0)
    page.get_by_role("button", name="Ce n'était pas moi").first.click()
    expect(page.get_by_role("status")).to_contain_text("C'est noté")
    expect(page.locator("#preauths")).to_contain_text("Accordée, réservée jusqu'au")
    page.get_by_role("button", name="Je ne l'ai pas demandée").click()
    expect(page.get_by_role("status")).to_contain_text("vous est rendu")
    expect(page.locator("#preauths")).to_contain_text("Annulée")
    page.locator("#finess").fill(finess_of_a_establishment)
    page.get_by_role("button", name="Donner un code d'une minute").click()
    expect(page.locator("#presence-given")).to_have_text(re.compile(r"^\w{4}-\w{4}-\w{4}$"))
    picture(page, "insured")


def test_an_insured_person_reads_its_contract_and_what_it_would_pay(
    card_code: str, page: "playwright.Page"
) -> None:
    expect = playwright.expect
    _enrol(page, card_code)
    expect(page.locator("#covers")).to_contain_text("depuis le")
    page.locator("#covers summary").click()
    expect(page.locator("#covers tbody tr").nth(5)).to_be_visible()
    glasses = page.locator("#care option", has_text="Lunettes simples").first.inner_text()
    page.get_by_label("Soin", exact=True).select_option(glasses)
    expect(page.get_by_label("Prix en euros")).to_have_count(2)
    page.get_by_role("button", name="Calculer").click()
    expect(page.locator("#left-to-pay")).to_contain_text("Il vous resterait")
    expect(page.locator("#estimate-shares tr")).to_have_count(4)
    page.get_by_text("Le calcul, pas à pas").click()
    expect(page.locator("#reckoning li").first).to_be_visible()
    page.get_by_label("Prix en euros").first.fill("beaucoup")
    page.get_by_role("button", name="Calculer").click()
    expect(page.get_by_role("status")).to_contain_text("Un prix en euros")
    page.get_by_label("Prix en euros").first.fill("50 €")
    page.get_by_role("button", name="Calculer").click()
    expect(page.locator("#left-to-pay")).to_contain_text("Il vous resterait")
    expect(page.locator("#incidents")).to_contain_text(re.compile("incident|concerné"))
    picture(page, "insured-own")


def test_an_insurers_desk_answers_what_waits_for_it(
    desk_code: str, page: "playwright.Page"
) -> None:
    expect = playwright.expect
    _enrol(page, desk_code)
    expect(page.get_by_role("heading", name="Prises en charge qui attendent")).to_be_visible()
    expect(page.locator("#demands tr")).to_have_count(1)
    expect(page.locator("#demands")).to_contain_text("Monture")
    expect(page.locator("#demands")).to_contain_text("(grouping:M03)")
    picture(page, "desk")
    page.get_by_label("Réponse", exact=True).select_option("refuse:renewal-not-due")
    page.get_by_role("button", name="Répondre").click()
    expect(page.get_by_role("status")).to_contain_text("Réponse donnée")
    expect(page.locator("#demands tr")).to_have_count(0)


def test_an_insurers_desk_reads_what_is_contested(
    disputed: tuple[str, str], page: "playwright.Page"
) -> None:
    expect = playwright.expect
    code, invoice = disputed
    _enrol(page, code)
    line = page.locator("#disputes tr", has_text=invoice)
    expect(line).to_contain_text("P01")
    line.get_by_text("Le décompte").click()
    expect(line).to_contain_text("Vérifier le code de l'acte")
    picture(page, "insurer-disputes")
    line.get_by_label("Réponse", exact=True).select_option("as-the-contract")
    line.get_by_role("button", name="Répondre").click()
    expect(page.get_by_role("status")).to_contain_text("Réponse donnée")
    expect(page.locator("#no-dispute")).to_be_visible()


def test_an_insurers_file_leaves_by_two_persons(
    staff_codes: list[str], portal: str, page: "playwright.Page"
) -> None:
    expect = playwright.expect
    with httpx2.Client(base_url=portal) as client:
        other = Browser(portal, client)
        assert other.enrol(SecurityKey(portal), staff_codes[1])[0] == 200
        _enrol(page, staff_codes[0])
        expect(page.get_by_role("heading", name="Appels de fonds")).to_be_visible()
        expect(page.get_by_role("button", name="Accepter")).to_have_count(0)
        page.locator("#calls").get_by_role("button", name="Regarder").first.click()
        expect(page.locator("#call-lines")).to_contain_text("Pharmacy")
        expect(page.get_by_role("button", name="Accepter cet appel")).to_be_visible()
        page.locator("#calls").get_by_role("button", name="Demander le fichier").first.click()
        expect(page.get_by_role("status")).to_contain_text(
            "une autre personne doit l'approuver"
        )
        [asked] = other.call("GET", "/portal/statements")[1]["exports"]
        assert other.post("/portal/exports/approve", {"export": asked["export"]})[0] == 200
    page.reload()
    picture(page, "insurer")
    with page.expect_download() as taken:
        page.locator("#exports").get_by_role("button", name="Prendre").click()
    lines = taken.value.path().read_text().splitlines()
    assert lines[0].startswith("\ufefftransfer;finess;") and len(lines) > 1


def test_the_operator_helps_on_the_invoice_that_a_establishment_asks_about(
    staff_codes: list[str],
    finess_of_a_establishment: str,
    portal: str,
    page: "playwright.Page",
) -> None:
    expect = playwright.expect
    with httpx2.Client(base_url=portal) as client:
        establishment = Browser(portal, client)
        assert establishment.enrol(SecurityKey(portal), staff_codes[3])[0] == 200
        sent = {"invoice": "BROWSER-0", "reason": "amount"}
        assert establishment.post("/portal/tickets/open", sent)[0] == 200
    _enrol(page, staff_codes[2])
    expect(page.locator("#tickets")).to_contain_text("montant inattendu")
    page.locator("#tickets").get_by_role("button", name="Voir").click()
    expect(page.locator("#seen-state")).to_contain_text("ordre de virement donné")
    expect(page.locator("#seen-lines")).to_contain_text("total")
    expect(page.locator("#ready")).to_contain_text("Le service")
    page.get_by_label("Lequel").fill(finess_of_a_establishment)
    page.get_by_label("Pourquoi").fill("essai de page")
    page.get_by_label("Combien d'heures").fill("1")
    page.get_by_role("button", name="Contenir", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("C'est contenu")
    expect(page.locator("#contained")).to_contain_text(finess_of_a_establishment)
    picture(page, "operator")
