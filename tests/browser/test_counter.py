"""The counter's page in a real Chromium: a shop without software asks, bills, corrects and is paid."""

import json
import subprocess
import sys
from uuid import UUID

import pytest

from browser.pictures import picture
from conftest import Place
from egide.drills import Person

playwright = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
pytestmark = pytest.mark.slow
_SOFTWARE = "0c0a7001-0000-4000-8000-000000000001"
# A French keyboard, as a scanner that takes it for an American one writes on it.
_AZERTY = dict(zip("AQZWM1234567890", "QAWZ,&é\"'(-è_çà", strict=True))


def _optician(place: Place) -> UUID:
    return next(
        one.establishment_id for one in place.france.shops if one.profession == "optician"
    )


def _people(place: Place) -> list[Person]:
    return [
        one for one in place.france.persons if one.card and one.covered and 20 < one.age < 60
    ][-6:]


def _opened(page: "playwright.Page", portal: str, place: Place) -> None:
    """Prepare a post as its user would, its key enrolled as the administrator would."""
    page.goto(f"{portal}/portal/counter")
    page.get_by_label("Numéro d'Égide de l'établissement").fill(str(_optician(place)))
    before = page.locator("#request").text_content() or ""  # of another key, if one was made
    page.get_by_role("button", name="Faire la clé de ce poste").click()
    playwright.expect(page.locator("#request")).not_to_have_text(before)
    words = ["keys", "enrol", "--data", str(place.settings.data), "--origin", portal]
    words += ["--establishment", str(_optician(place)), "--software", _SOFTWARE, "-"]
    # A process of its own: the browser's loop lets no other run here.
    subprocess.run(
        [sys.executable, "-m", "egide.cli", *words],
        input=page.locator("#request").inner_text(),
        text=True,
        check=True,
    )
    page.get_by_role("button", name="C'est inscrit").click()
    playwright.expect(page.locator("#card")).to_be_focused()


def _bill(page: "playwright.Page", act: str, price: str, button: str) -> None:
    page.get_by_label("Acte, par exemple").fill(act)
    page.get_by_label("Prix en euros").first.fill(price)
    page.get_by_role("button", name=button).click()


def test_a_shop_asks_bills_cancels_and_reads_its_money(
    place: Place, portal: str, page: "playwright.Page"
) -> None:
    expect = playwright.expect
    first, other, *_ = _people(place)
    _opened(page, portal, place)
    expect(page.locator("#left")).to_contain_text("sans carte")
    picture(page, "counter-empty")
    page.locator("#card").fill(first.card)
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_have_text("Droits ouverts")
    expect(page.locator("#verdict")).to_be_focused()
    _bill(page, "grouping:M03", "120,00", "Demander la prise en charge")
    expect(page.locator("#result")).to_contain_text("accordée")
    number = page.locator("#number").input_value()
    page.get_by_role("button", name="Facturer").click()
    expect(page.locator("#result")).to_contain_text("Facture acceptée")
    expect(page.locator("#next")).to_contain_text("Le patient paie 69,95")
    expect(page.locator("#shares")).to_contain_text("Total")
    picture(page, "counter-billed")
    page.get_by_label("Son numéro", exact=True).fill(number)
    page.get_by_role("button", name="Voir où elle en est").click()
    expect(page.locator("#past-said")).to_contain_text("acceptée")
    page.get_by_role("button", name="Annuler cette facture").click()
    page.get_by_role("button", name=f"Confirmer : annuler {number}").click()
    expect(page.locator("#past-said")).to_contain_text("annulée")
    page.keyboard.press("F2")
    expect(page.locator("#card")).to_be_focused()
    expect(page.locator("#answer")).to_be_hidden()
    # Without the card: what its numbers say, and one question less.
    before = page.locator("#left").inner_text()
    page.get_by_text("Sans la carte", exact=True).click()
    page.get_by_label("Numéro de la mutuelle").fill(other.amc)
    page.get_by_label("Numéro d'adhérent").fill(other.member)
    birth = other.birth
    page.get_by_label("Date de naissance").fill(f"{birth[6:]}/{birth[4:6]}/{birth[:4]}")
    page.get_by_role("button", name="Demander sans la carte").click()
    expect(page.locator("#verdict")).to_have_text("Droits ouverts")
    expect(page.locator("#left")).not_to_have_text(before)
    _bill(page, "grouping:ZZZ", "abc", "Facturer")
    expect(page.locator("#said")).to_contain_text("Ligne 1 : ce prix n'est pas un nombre")
    expect(page.locator("#outcome")).to_be_hidden()
    _bill(page, "grouping:ZZZ9", "12", "Facturer")
    expect(page.locator("#result")).to_have_text("Refusé")
    expect(page.locator("#next")).not_to_be_empty()
    # A number serves once: the next bill has another, and an act of the list needs no system.
    _bill(page, "M03", "60", "Facturer")
    expect(page.locator("#result")).to_contain_text("Facture acceptée")
    page.locator("#card").fill("123")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_contain_text("26 signes")


def test_a_prise_en_charge_is_billed_once_its_patient_comes_back(
    place: Place, portal: str, page: "playwright.Page"
) -> None:
    expect = playwright.expect
    who = _people(place)[3]
    _opened(page, portal, place)

    def ask() -> None:
        page.locator("#card").fill(who.card)
        page.keyboard.press("Enter")
        expect(page.locator("#verdict")).to_have_text("Droits ouverts")

    ask()
    _bill(page, "grouping:M03", "130 €", "Demander la prise en charge")
    expect(page.locator("#result")).to_contain_text("accordée")
    number = page.locator("#preauth").input_value()
    assert len(number) == 26
    page.locator("#card").fill(_people(place)[4].card)  # the next one, without F2
    page.keyboard.press("Enter")
    expect(page.locator("#preauth")).to_have_value("")
    request = page.locator("#today tr").first.locator("td").nth(2).inner_text()
    page.keyboard.press("F2")
    ask()
    expect(page.locator("#preauth")).to_have_value("")
    _bill(page, "grouping:M03", "130", "Facturer")
    expect(page.locator("#next")).to_contain_text("réservé par une prise en charge")
    # What this machine sent today is found again by its number; a reload keeps it.
    page.reload()
    ask()
    again = page.locator("#today tr", has_text=request)
    expect(again).to_contain_text("Prise en charge accordée")
    again.get_by_role("button", name="Revoir").click()
    expect(page.locator("#past-said")).to_contain_text(number)
    # It is of one patient: nothing puts it in another's invoice but a hand.
    expect(page.locator("#preauth")).to_have_value("")
    page.get_by_label("Acte, par exemple").fill("grouping:M03")
    page.get_by_label("Prix en euros").first.fill("130")
    picture(page, "counter-today")
    page.get_by_label("Prise en charge à citer").fill(f"{number[:10]} {number[10:].lower()}")
    page.get_by_role("button", name="Facturer").click()
    expect(page.locator("#result")).to_contain_text("Facture acceptée")
    expect(page.locator("#preauth")).to_have_value("")
    # Twelve characters are the code of the patient's own space: this one is nobody's.
    page.locator("#card").fill("0000-0000-0000")
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).not_to_have_text("Droits ouverts")
    expect(page.locator("#verdict")).not_to_be_empty()


def test_a_scanner_on_a_french_keyboard_is_read(
    place: Place, portal: str, page: "playwright.Page"
) -> None:
    card = _people(place)[2].card
    _opened(page, portal, place)
    # As a scanner does: the physical keys of an American keyboard, faster than a hand.
    page.evaluate(
        """(signs) => {
            const field = document.getElementById('card');
            for (const [code, key] of signs) {
                field.dispatchEvent(new KeyboardEvent('keydown', {code, key, bubbles: true}));
                field.value += key;
            }
            field.dispatchEvent(new KeyboardEvent('keydown', {code: 'Enter', key: 'Enter', bubbles: true}));
            field.form.requestSubmit();
        }""",
        [
            [f"Digit{sign}" if sign.isdigit() else f"Key{sign}", _AZERTY.get(sign, sign)]
            for sign in card
        ],
    )
    playwright.expect(page.locator("#verdict")).to_have_text("Droits ouverts")


def test_what_is_shown_is_not_and_a_post_that_nobody_enrolled_opens_nothing(
    place: Place, portal: str, page: "playwright.Page"
) -> None:
    expect = playwright.expect
    page.goto(f"{portal}/portal/counter")
    page.get_by_label("Numéro d'Égide de l'établissement").fill(str(_optician(place)))
    page.get_by_role("button", name="Faire la clé de ce poste").click()
    picture(page, "counter-setup")
    page.get_by_role("button", name="C'est inscrit").click()
    expect(page.locator("#said")).to_have_class("no")
    expect(page.locator("#open")).to_be_hidden()
    _opened(page, portal, place)
    page.locator("#card").fill("0" * 25 + "8")
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_contain_text("demandez la carte")
    expect(page.locator("#billing")).to_be_hidden()
    expect(page.locator("#no-transfer, #transfers tr").first).to_be_attached()


def test_nothing_of_a_person_is_kept_by_the_browser(
    place: Place, portal: str, page: "playwright.Page"
) -> None:
    person = _people(place)[3]
    _opened(page, portal, place)
    page.locator("#card").fill(person.card)
    page.keyboard.press("Enter")
    playwright.expect(page.locator("#verdict")).to_have_text("Droits ouverts")
    kept = page.evaluate(
        """async () => {
            const asked = indexedDB.open('egide-counter', 1);
            await new Promise((done) => { asked.onsuccess = done; });
            const box = asked.result.transaction('kept').objectStore('kept').getAll();
            await new Promise((done) => { box.onsuccess = done; });
            const post = box.result.find((one) => one.pair);
            const rest = box.result.filter((one) => !one.pair);
            const exported = await crypto.subtle.exportKey('jwk', post.pair.privateKey).catch(() => 'refused');
            return JSON.stringify([Object.keys(post), post.house, exported, {...localStorage}, document.cookie,
                                   location.href, document.title, rest]);
        }"""
    )
    assert "refused" in kept and person.card not in kept and person.member not in kept
    for one in json.loads(kept)[-1]:
        assert all(set(sent) == {"use", "number", "said", "at"} for sent in one["sent"])
    assert json.loads(kept)[0] == ["pair", "house"]


def test_a_rejection_is_contested_and_its_answer_read(
    place: Place, portal: str, page: "playwright.Page"
) -> None:
    expect = playwright.expect
    _opened(page, portal, place)
    page.locator("#card").fill(_people(place)[5].card)
    page.keyboard.press("Enter")
    expect(page.locator("#verdict")).to_have_text("Droits ouverts")
    number = page.locator("#number").input_value()
    _bill(page, "grouping:PH7", "12", "Facturer")
    expect(page.locator("#result")).to_have_text("Refusé")
    page.get_by_label("Son numéro", exact=True).fill(number)
    page.get_by_role("button", name="Contester la décision").click()
    expect(page.locator("#past-said")).to_contain_text(
        "contestée. L'assureur lit la contestation."
    )
    line = page.locator("#disputes tr", has_text=number)
    expect(line).to_contain_text("L'assureur lit la contestation")
    picture(page, "counter-disputes")
    line.get_by_role("button", name="Retirer").click()
    expect(page.locator("#disputes tr", has_text=number)).to_contain_text("retirée")
