"""What strangers wrote from printed grids is read as what it says, and as nothing else."""

import pytest

from egide.pricing import price_claim
from pricing.builders import LAW, act, grid


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("Pas de reste à charge", "100 % Santé"),
        ("Prise en charge intégrale, dans le respect des prix limites de vente", "100 % Santé"),
        (
            "Prise en charge intégrale dans la limite des PLV et des honoraires limites de facturation",
            "100 % Santé",
        ),
        ("200 euros par an", "200 € par an"),
        ("Crédit annuel de 200 €", "200 € par an"),
        ("60 €/nuit sans limite de durée", "60 € par nuit"),
        (
            "Ticket modérateur (TM) + 100 % de la base de remboursement (BR)",
            "TM + 100 % BR",
        ),
    ],
)
def test_two_ways_of_writing_pay_the_same(written: str, plain: str) -> None:
    word = {"60": "chambre-particuliere", "20": "osteopathie", "Cr": "osteopathie"}.get(
        written[:2], "monture-a" if "charge" in written else "consultation"
    )
    code = {"monture-a": "grouping:M01", "consultation": "ngap:G"}.get(word, f"libre:{word}")
    one = act(code, 2_900)
    for cents in (2_900, 25_000):
        acts = [one._replace(expense_cents=cents)]
        both = [
            price_claim(acts, grid(f'{word} | "{text}"'), LAW, {}) for text in (written, plain)
        ]
        assert both[0].total == both[1].total
        assert both[0].total.amc_cents > 0


@pytest.mark.parametrize("written", ["Non couverte", "non prise en charge", "Aucune"])
def test_what_is_not_covered_is_said_in_any_gender(written: str) -> None:
    guarantee = grid(f"implant | {written}", "consultation | 100 % BR")
    assert price_claim([act("libre:implant", 50_000)], guarantee, LAW, {}).total.amc_cents == 0
