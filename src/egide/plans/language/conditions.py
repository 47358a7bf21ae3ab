"""When a line applies, as grids say it: « OPTAM », « moins de 18 ans », « hors réseau », « 1re année »."""

import re
from typing import Final

from egide.plans.language.spans import FormulaError
from egide.plans.language.teeth import EVERY_TOOTH, TEETH
from egide.plans.language.unsayable import remedy_for
from egide.pricing import Case, Condition

# The word of a grid, the word of a billed line's situation, and whether the one asks for the other.
_WORDS: Final = {
    "optam": ("not-optam", False),
    "dptm": ("not-optam", False),
    "conventionné": ("not-contracted", False),
    "secteur 1": ("sector-2", False),
    "secteur 2": ("sector-2", True),
    "secteur 3": ("not-contracted", True),
    "réseau": ("network", True),
    "refusé": ("refused", True),
    "accepté": ("refused", False),
    "ald": ("ald", True),
    "maternité": ("maternity", True),
    "accident du travail": ("accident", True),
    "invalidité": ("invalidity", True),
    "c2s": ("c2s", True),
    "alsace-moselle": ("local-regime", True),
    "parcours": ("out-of-pathway", False),
    "ambulatoire": ("ambulatory", True),
    "psychiatrie": ("psychiatry", True),
    "soins de suite": ("rehabilitation", True),
    "prescrit": ("prescribed", True),
    "évolution de la vue": ("sight-change", True),
    "motif médical": ("medical-renewal", True),
    "morphologie": ("outgrown", True),
}
_TOOTH: Final = (
    r"(?:(?:première|seconde|deuxième)s? |1re |2e |2de )?"
    r"(?:incisives?|canines?|prémolaires?|molaires?|dents? )"
)
_SYNONYMS: Final = (
    (
        r"\benfants? (?:de |âgés? de )?(?=moins|jusqu|plus|\d)|\badultes? (?:de )?(?=plus|à partir|\d)",
        "",
    ),
    (r"< ?(?=\d+ ans)|(?<!\S)- de (?=\d+ ans)", "moins de "),
    (r"(?:≥|>=) ?(?=\d+ ans)", "à partir de "),
    (r"\bentre (\d+) et (\d+) ans\b", r"de \1 à \2 ans"),
    (r"\b(\d+) ans (?:et|ou) moins\b(?! de)", r"jusqu'à \1 ans"),
    (r"\bjusqu'à (\d+) ans inclus\b", r"jusqu'à \1 ans"),
    (
        r"\b(\d+)(?:re|er|ère|e|è|ème) année et (?:suivantes|au-delà)\b",
        r"à partir de la \1e année",
    ),
    (r"\bpremière année\b", "1re année"),
    (r"\bdeuxième année\b", "2e année"),
    (r"\btroisième année\b", "3e année"),
    (r"\bhors alsace[ -]moselle\b", "non alsace-moselle"),
    (
        r"(?:soins de suite|moyen séjour)(?: et (?:de )?réadaptation)?|\b(?:ssr|smr)\b",
        "soins de suite",
    ),
    (r"\ben (?=ambulatoire|maternité|psychiatrie|soins de suite)", ""),
    (r"optam ?/ ?optam-co|optam-co", "optam"),
    (r"optam ?/ ?(?:au )?dptm|dptm ?/ ?(?:à l')?optam", "optam"),
    (r"non optam ?/ ?non dptm|non dptm ?/ ?non optam", "non optam"),
    (
        r"(?:(?:adhérente?s?|signataires?|médecins?|praticiens?) ?(?:au |à l'|d'un |de l')?)+(?=optam|dptm)",
        "",
    ),
    (r"conventionnée?s?\b", "conventionné"),
    (r"(?:refusée?s?|non remboursée?s?)\b(?: par la (?:sécurité sociale|ss)\b)?", "refusé"),
    (r"(?:acceptée?s?|remboursée?s?)\b(?: par la (?:sécurité sociale|ss)\b)?", "accepté"),
    (r"at ?/ ?mp\b|accidents? du travail", "accident du travail"),
    (r"régime local", "alsace-moselle"),
    (r"(?:en |dans le |au )réseau(?: de soins)?", "réseau"),
    (r"(?:dans le )?parcours(?: de soins)?(?: coordonnés?)?", "parcours"),
    (r"prescrite?s?\b|sur prescription(?: médicale)?", "prescrit"),
    (r"(?:une )?évolution de (?:la|sa) vue", "évolution de la vue"),
    (r"(?:en cas d'|en cas de |si )", ""),
    (
        rf"\b(?:sur |pour )?(?:les? |la |l'|des? |une? )?(?={_TOOTH})",
        "",
    ),
    (r"\b(première|seconde|deuxième|1re|2e|2de)s? prémolaires?\b", r"\1 prémolaire"),
    (r"\b1re prémolaire\b", "première prémolaire"),
    (r"\b(?:deuxième|2e|2de) prémolaire\b", "seconde prémolaire"),
    (r"\b(incisive|canine|prémolaire|molaire)s\b", r"\1"),
    (r"\bdents? (?:du sourire|visibles?)\b", "dent visible"),
    (
        r"\bdents? (?:non visibles?|(?:du|de) fond(?: de (?:la )?bouche)?)\b|\bfond de (?:la )?bouche\b",
        "dent de fond",
    ),
    (r"\bdents? (?:permanente|définitive)s?\b", "dent permanente"),
    (r"\bdents? (?:de lait|temporaires?|lactéales?)\b", "dent de lait"),
)
_NEGATION = re.compile(r"^(?:non|hors|sauf|pas)[ -]+(?:d'|de |le |la |l')?")


def _below(age: int) -> tuple[int, int]:
    return 0, age


def _from(age: int) -> tuple[int, int]:
    return age, 200


def _to(age: int) -> tuple[int, int]:
    return 0, age + 1


_AGES = (
    (re.compile(r"^(?:de )?moins de (\d+) ans$"), _below),
    (re.compile(r"^(?:à partir de|plus de) (\d+) ans$"), _from),
    (re.compile(r"^(\d+) ans (?:et|ou) plus$"), _from),
    (re.compile(r"^jusqu'à (\d+) ans$"), _to),
)
_BETWEEN = re.compile(r"^de (\d+) à (moins de )?(\d+) ans$")
_YEAR = re.compile(r"^(\d+)(?:re|er|ère|e|è|ème) année(?: d'adhésion)?$")
_FROM_YEAR = re.compile(r"^à partir de la (\d+)(?:re|er|ère|e|è|ème) année(?: d'adhésion)?$")
_SENIORITY = re.compile(
    r"^(?:ancienneté d'au moins|après) (\d+) (mois|ans?)(?: d'(?:adhésion|ancienneté))?$"
)
_HELP: Final = (
    "Écrire : OPTAM, non OPTAM, conventionné, secteur 1 (2, 3), réseau, hors réseau, refusé, ALD, maternité, "
    "accident du travail, Alsace-Moselle, C2S, parcours, ambulatoire, psychiatrie, soins de suite, molaire, "
    "dent visible, moins de 18 ans, "
    "à partir de 16 ans, de 6 à moins de 16 ans, 1re année, à partir de la 2e année ; « et », « ou »."
)


def read_condition(text: str) -> Condition:
    """Read a condition.

    Raises:
        FormulaError: an unknown word, or two that cannot hold together.
    """
    folded = " ".join(text.lower().replace("’", "'").split())
    for pattern, word in _SYNONYMS:
        folded = re.sub(pattern, word, folded)
    cases = [_case(part) for part in re.split(r" ou (?!plus\b)", folded)]
    return Condition(tuple(cases))


def _case(text: str) -> Case:
    case = Case()
    for atom in re.split(r" et (?!plus\b)|,", text):
        case = _both(case, _atom(atom.strip()), text)
    return case


def _atom(text: str) -> Case:
    wanted = True
    word = text
    while found := _NEGATION.match(word):
        wanted = not wanted
        word = word[found.end() :].strip()
    if word in TEETH:
        return Case(teeth=TEETH[word] if wanted else EVERY_TOOTH - TEETH[word])
    if word in _WORDS:
        name, asks = _WORDS[word]
        if asks is wanted:
            return Case(required=frozenset({name}))
        return Case(forbidden=frozenset({name}))
    if wanted and (case := _span(word, text)) is not None:
        return case
    remedy = remedy_for(text)
    known = "ne peut pas se dire" if remedy else "n'est pas connue"
    raise FormulaError(reason=f"la condition « {text} » {known}.", remedy=remedy or _HELP)


def _span(word: str, text: str) -> Case | None:
    """Return the ages, or the time since the cover began, that a word says; None if it says none."""
    for pattern, ages in _AGES:
        if age := pattern.match(word):
            low, high = ages(int(age[1]))
            return Case(from_age=low, below_age=high)
    if span := _BETWEEN.match(word):
        last = int(span[3]) + (0 if span[2] else 1)
        if last <= int(span[1]):
            raise FormulaError(
                reason=f"« {text} » ne contient aucun âge.",
                remedy="Inverser les deux âges.",
            )
        return Case(from_age=int(span[1]), below_age=last)
    if year := _YEAR.match(word):
        number = int(year[1])
        return Case(from_months=12 * (number - 1), below_months=12 * number)
    if year := _FROM_YEAR.match(word):
        return Case(from_months=12 * (int(year[1]) - 1))
    if since := _SENIORITY.match(word):
        return Case(from_months=int(since[1]) * (1 if since[2] == "mois" else 12))
    return None


def _latest(one: int | None, other: int | None) -> int | None:
    known = [months for months in (one, other) if months is not None]
    return max(known) if known else None


def _earliest(one: int | None, other: int | None) -> int | None:
    known = [months for months in (one, other) if months is not None]
    return min(known) if known else None


def _both(one: Case, other: Case, text: str) -> Case:
    if one.excludes(other):
        remedy = "Retirer une des conditions."
        if one.teeth and other.teeth:
            remedy = "Une dent n'est pas l'une et l'autre : écrire « ou »."
        raise FormulaError(reason=f"« {text} » ne peut jamais être vrai.", remedy=remedy)
    return both(one, other)


def both(one: Case, other: Case) -> Case:
    """Return the case in which two hold together."""
    return Case(
        required=one.required | other.required,
        forbidden=one.forbidden | other.forbidden,
        from_age=max(one.from_age, other.from_age),
        below_age=min(one.below_age, other.below_age),
        from_months=_latest(one.from_months, other.from_months),
        below_months=_earliest(one.below_months, other.below_months),
        teeth=one.teeth & other.teeth or one.teeth or other.teeth,
    )


def every(one: Condition, other: Condition) -> Condition:
    """Return the condition that two hold together; cases that exclude each other are left out."""
    return Condition(
        tuple(
            both(first, second)
            for first in one.cases
            for second in other.cases
            if not first.excludes(second)
        )
    )
