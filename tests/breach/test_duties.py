"""Clocks as the texts write them, and letters that say what they must."""

from datetime import UTC, datetime, timedelta

import pytest

from egide.breach import letters
from egide.breach.duties import OURSELVES, Act, Clock, State, clocks

_AWARE = datetime(2026, 11, 28, 2, 0, tzinfo=UTC)  # a Saturday, at night
_ONE, _OTHER = "775671993", "784301475"


def _act(controller: str, act: str, hours: float) -> Act:
    at = _AWARE + timedelta(hours=hours)
    return Act(controller=controller, act=act, done_at=at, done_by="Awa", proof="accusé")


def _of(code: str, controller: str, *acts: Act, after: float = 1) -> Clock:
    found = clocks(_AWARE, [_ONE, _OTHER], acts, _AWARE + timedelta(hours=after))
    [one] = [each for each in found if (each.code, each.controller) == (code, controller)]
    return one


def _hours(clock: Clock) -> float | None:
    return None if clock.due_at is None else (clock.due_at - _AWARE) / timedelta(hours=1)


def test_our_own_clocks_run_since_we_know_weekends_included() -> None:
    assert _hours(_of("D3", OURSELVES)) == 72
    assert _hours(_of("D1", _ONE)) == 1
    assert _of("D1", _ONE, after=1.5).state is State.LATE
    assert _of("D1", _ONE, _act(_ONE, "D1", 0.5), after=9).state is State.DONE
    assert _of("D1", _ONE, _act(_ONE, "D1", 2), after=9).state is State.DONE_LATE


def test_an_insurer_s_own_hours_start_at_its_own_notice() -> None:
    told = _act(_ONE, "D1", 10)
    assert _hours(_of("D2", _ONE, told)) == 82
    assert (_of("D2", _OTHER, told).state, _hours(_of("D2", _OTHER, told))) == (
        State.WAITS,
        None,
    )
    assert _hours(_of("D10", _ONE, told)) == 82
    assert _hours(_of("D10", OURSELVES, told)) == 72


def test_a_major_incident_is_reported_by_the_earlier_of_its_two_limits() -> None:
    told = _act(_ONE, "D1", 1)
    assert _of("D7", _ONE, told).due_at is None
    assert _hours(_of("D7", _ONE, told, _act(_ONE, "major", 2))) == 6
    assert _hours(_of("D7", _ONE, told, _act(_ONE, "major", 23))) == 25
    first = _act(_ONE, "D7", 5)
    assert _hours(_of("D7i", _ONE, told, _act(_ONE, "major", 2), first)) == 77


@pytest.mark.parametrize(
    ("sent", "due"),
    [
        (datetime(2027, 2, 1, 10, tzinfo=UTC), datetime(2027, 3, 1, 10, tzinfo=UTC)),
        (datetime(2027, 1, 31, 10, tzinfo=UTC), datetime(2027, 2, 28, 10, tzinfo=UTC)),
        (datetime(2026, 12, 15, 10, tzinfo=UTC), datetime(2027, 1, 15, 10, tzinfo=UTC)),
        # The hour of Paris, over the change of March.
        (datetime(2027, 3, 10, 10, tzinfo=UTC), datetime(2027, 4, 10, 9, tzinfo=UTC)),
    ],
)
def test_a_month_is_the_calendar_s_from_the_last_intermediate_report(
    sent: datetime, due: datetime
) -> None:
    before = Act(
        controller=_ONE, act="D7i", done_at=sent - timedelta(days=9), done_by="Awa", proof="1"
    )
    last = Act(controller=_ONE, act="D7i", done_at=sent, done_by="Awa", proof="2")
    assert _of("D7f", _ONE, before, last).due_at == due


def test_a_decision_taken_again_stands_and_its_contrary_no_more() -> None:
    decided = [_act(_ONE, "not-high-risk", 3), _act(_ONE, "high-risk", 9)]
    assert _of("D4", _ONE, *decided, after=10).state is State.RUNS
    assert _of("D4", _ONE, *decided, _act(_ONE, "not-high-risk", 11)).state is State.WAITS
    told = _act(_ONE, "D1", 200), _act(_ONE, "D1", 10)  # the hour was mistyped
    assert _hours(_of("D2", _ONE, *told)) == 82


def test_letters_wait_for_a_judgement_and_have_no_hour() -> None:
    assert _of("D4", _ONE).state is State.WAITS
    judged = _of("D4", _ONE, _act(_ONE, "high-risk", 3), after=500)
    assert (judged.state, judged.due_at) == (State.RUNS, None)


def test_what_is_not_in_force_is_not_asked() -> None:
    assert "D11" not in {one.code for one in clocks(_AWARE, [_ONE], [], _AWARE)}
    before = datetime(2024, 2, 1, tzinfo=UTC)
    codes = {one.code for one in clocks(before, [_ONE], [], before)}
    assert "D2" in codes and not {"D7", "D9"} & codes


_VALUES = {
    "assureur": "Union Santé Loire",
    "access": "l'accès d'un professionnel de santé",
    "seen": "la mutuelle et les dates de couverture",
    "cited": "votre mutuelle",
    "proof": "",
    "aware": "28/11/2026 à 03 h 00",
    "since": "27/11/2026",
    "until": "28/11/2026",
    "persons": "100",
    "unseen": "Aucun nom, aucune adresse, aucun numéro de sécurité sociale, aucun compte en banque, aucun soin.",
    "measures": "L'accès a été fermé. La CNIL est prévenue.",
}


@pytest.mark.parametrize("name", ["adulte", "representant", "non-concerne", "professionnel"])
def test_each_letter_may_be_sent(name: str) -> None:
    text = letters.letter(name, _VALUES)
    assert letters.faults(text) == []
    page = letters.as_page(text, "x")
    assert page.count("<h2>") == 7 and "$" not in page and 'lang="fr"' in page


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("Ce que vous pouvez faire", "Conseils"), "il y manque"),
        (("{{champs}}. Rien d'autre.\n", "\n"), "il y manque « Ce qui a été vu »"),
        (("Délégué à la protection des données", "Délégué"), "33(3)(b)"),
        (("Rien d'autre.", "Des données ont pu être consultées."), "ne dit rien"),
        (
            ("Rien d'autre.", "Certaines données ont été potentiellement exposées."),
            "ne dit rien",
        ),
        (("Nous joindre", "Nous joindre\nVoir www.exemple.fr"), "lien"),
        (("Rien d'autre.", "mot " * 301), "300 au plus"),
        (
            (
                "L'accès a été fermé.",
                (
                    "La neutralisation immédiate des authentifications compromises a été opérationnellement "
                    "accompagnée par l'investigation approfondie de l'intégralité des journalisations "
                    "applicatives antérieurement conservées, ainsi que par la notification aux autorités compétentes."
                ),
            ),
            "trop longue",
        ),
    ],
)
def test_a_letter_that_is_vague_long_or_lacks_an_element_is_not(
    change: tuple[str, str], fault: str
) -> None:
    text = letters.letter("adulte", _VALUES).replace(*change)
    assert any(fault in one for one in letters.faults(text)), letters.faults(text)


def test_a_sentence_of_2024_is_harder_to_read_than_ours() -> None:
    old = (
        "Nous vous informons qu'une violation de données à caractère personnel est susceptible d'avoir affecté "
        "la confidentialité d'informations relatives à votre complémentaire, dont les investigations sont en cours."
    )
    ours = letters.letter("adulte", _VALUES)
    assert letters.readability(old) < letters.LEAST_READABLE < letters.readability(ours)
