"""National numbers: each key is checked, one changed digit is refused, nothing prints itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn

from egide.core.identifiers import AmcNumber, BirthDate, Finess, Iban, MemberNumber, Rpps, Siret
from egide.core.refusal import Refusal


@given(st.integers(0, 9_999_999_999))
def test_an_rpps_has_a_luhn_key(number: int) -> None:
    body = f"{number:010d}"
    text = body + luhn.calc_check_digit(body)
    assert Rpps.parse(text).text == text
    with pytest.raises(Refusal):
        Rpps.parse(text[:-1] + str((int(text[-1]) + 1) % 10))


def test_the_test_number_of_the_identity_service_is_read() -> None:
    assert Rpps.parse("997 0021 8896").text == "99700218896"


@pytest.mark.parametrize("department", ["13", "2A", "2B", "97"])
def test_a_finess_counts_corsica_as_21_and_22(department: str) -> None:
    body = f"{department}000123"
    counted = body.replace("A", "1").replace("B", "2")
    text = body + luhn.calc_check_digit(counted)
    assert Finess.parse(text).text == text
    wrong = body + str((int(text[-1]) + 5) % 10)
    with pytest.raises(Refusal):
        Finess.parse(wrong)


def test_a_siret_has_a_luhn_key_and_la_poste_its_exception() -> None:
    assert Siret.parse("732 829 320 00074").text == "73282932000074"
    assert Siret.parse("35600000049837").text == "35600000049837"
    with pytest.raises(Refusal):
        Siret.parse("73282932000075")


def test_an_iban_is_checked_with_its_french_key_and_shown_masked() -> None:
    iban = Iban.parse("FR76 3000 6000 0112 3456 7890 189")
    assert str(iban) == "FR76 **** 189"
    assert "30006" not in repr(iban)
    for wrong in (
        "FR7630006000011234567890188",
        "FR76",
        "",
        "DE00",
        "FR1430006000011234567890190",
    ):
        with pytest.raises(Refusal) as refused:
            Iban.parse(wrong)
        assert refused.value.code == "iban-invalid"


@pytest.mark.parametrize("text", ["19801399", "1980-02-30", "18991201"])
def test_a_lunar_birth_date_is_read(text: str) -> None:
    assert len(BirthDate.parse(text).text) == 8


@pytest.mark.parametrize("text", ["", "1980", "80021400", "21000101", "1980/02/14"])
def test_what_is_no_birth_date_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        BirthDate.parse(text)


def test_an_amc_number_is_opaque_and_a_member_number_hidden() -> None:
    assert AmcNumber.parse("775671993").text == "775671993"
    with pytest.raises(Refusal):
        AmcNumber.parse("7756")
    assert "12345" not in repr(MemberNumber.parse("12345"))
