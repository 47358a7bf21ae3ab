"""What banks ask: letters, account countries, days."""

from datetime import date

import pytest

from egide.core.bank import bank_name, is_target_day, next_target_day, sepa_text
from egide.core.identifiers import Iban
from egide.core.refusal import Refusal


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Pharmacie du Cœur", "Pharmacie du Coeur"),
        ("Lætitia Grüß", "Laetitia Gruss"),
        ("L’Officine « Łódź »", "L'Officine Lodz"),
        ("Œil & Vue", "Oeil + Vue"),
        ("Optique Зрение", "Optique Zrenie"),
        ("//Audio//Plus/", "Audio/Plus"),
        ("Ça, c’est l’été…", "Ca, c'est l'ete..."),
        ("   ", "-"),
        ("<Nm>&amp;", "Nm +amp"),
    ],
)
def test_a_name_is_read_letter_for_letter(name: str, read: str) -> None:
    assert bank_name(name) == read


def test_a_name_is_cut_and_never_ends_badly() -> None:
    assert sepa_text("é" * 200, 70) == "e" * 70
    assert sepa_text("abc/def", 4) == "abc"


@pytest.mark.parametrize(
    ("text", "is_taken"),
    [
        ("FR7630002005500871466381533", True),
        ("DE89370400440532013000", True),
        ("CH9300762011623852957", True),
        ("TN5910006035183598478831", False),  # a good number, of a country outside SEPA
        ("BR1800360305000010009795493C1", False),
    ],
)
def test_an_account_is_of_the_sepa_area(text: str, is_taken: bool) -> None:
    if is_taken:
        assert Iban.parse(text).text == text
        return
    with pytest.raises(Refusal) as refused:
        Iban.parse(text)
    assert "SEPA" in refused.value.hint


@pytest.mark.parametrize(
    ("day", "is_open"),
    [
        (date(2026, 1, 1), False),
        (date(2026, 4, 3), False),  # Good Friday: closed for TARGET, worked in France
        (date(2026, 4, 6), False),
        (date(2026, 5, 1), False),
        (date(2026, 5, 8), True),  # a French holiday on which TARGET settles
        (date(2026, 7, 14), True),
        (date(2026, 11, 11), True),
        (date(2026, 12, 25), False),
        (date(2026, 12, 26), False),
        (date(2026, 11, 28), False),  # Saturday
    ],
)
def test_target_has_its_own_days(day: date, is_open: bool) -> None:
    assert is_target_day(day) is is_open


def test_the_next_day_passes_over_christmas() -> None:
    assert next_target_day(date(2026, 12, 24)) == date(2026, 12, 28)
    assert next_target_day(date(2026, 11, 26)) == date(2026, 11, 27)
