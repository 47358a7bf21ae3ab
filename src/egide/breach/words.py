"""What the documents of an incident say in words: who was used, what was seen and what was not, what was done."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final

from egide.accesslog.victims import Exposure
from egide.breach.dossier import Dossier
from egide.breach.duties import OURSELVES
from egide.breach.sql import Count
from egide.core.period import PARIS, civil_day

_RIGHTS: Final = ("la mutuelle", "les dates de couverture")
_SEEN: Final[Mapping[str, tuple[str, ...]]] = {
    "rights": _RIGHTS,
    "claim": (*_RIGHTS, "l'année de naissance", "un prix"),
    "preauth": (*_RIGHTS, "l'année de naissance", "un prix"),
    "quote": (*_RIGHTS, "l'année de naissance", "un prix"),
    "support": ("une facture masquée",),
    "reread": ("une réponse ou une facture déjà donnée",),
    "export": ("des factures et leurs prix",),
    "own": ("le contrat et les factures de votre espace",),
}
# Of these, care is seen: the others tell of nobody's.
_OF_CARE: Final = frozenset({"support", "reread", "export", "own"})
_ACCESS: Final[Mapping[frozenset[str], str]] = {
    frozenset({"establishment", "key"}): "l'accès d'un professionnel de santé",
    frozenset({"software", "vendor"}): "un logiciel de professionnels de santé",
    frozenset({"account"}): "un compte de notre portail",
}
CONTAINED: Final = {
    "closed": "L'accès a été fermé.",
    "card-only": "Cet accès ne répond plus que si la carte est montrée.",
}


def merged(rows: Sequence[Exposure], code: str) -> dict[str, object]:
    """Return what the one line of a person says of all that was learned of it, by the names in the letters' braces."""
    first, last = min(one.first_at for one in rows), max(one.last_at for one in rows)
    return {
        "bases": sorted({one.basis for one in rows}),
        "purposes": sorted({one.purpose for one in rows}),
        "answers": sum(one.answers for one in rows),
        "first_at": first.isoformat(),
        "last_at": last.isoformat(),
        "premier": f"{civil_day(first):%d/%m/%Y}",
        "dernier": f"{civil_day(last):%d/%m/%Y}",
        "champs": seen_in({one.purpose for one in rows}),
        "code": code,
    }


def values_of(
    dossier: Dossier, counts: Sequence[Count], insurer: str, controller: str
) -> dict[str, str]:
    """Return what a text of ours takes of an incident, for an insurer or for ourselves."""
    incident = dossier.incident
    purposes = {one.purpose for one in counts}
    seen = seen_in(purposes)
    return {
        "assureur": insurer,
        "access": access_in(incident.actors),
        "aware": day_of(incident.aware_at),
        "since": f"{civil_day(incident.since):%d/%m/%Y}",
        "until": f"{civil_day(dossier.until):%d/%m/%Y}",
        "persons": f"{dossier.last.persons}",
        "seen": seen or "rien",
        "cited": "votre mutuelle ou une facture" if _OF_CARE & purposes else "votre mutuelle",
        "unseen": unseen_in(purposes),
        "measures": _measures(dossier, controller),
        "proof": "Des tiers vérifient ce journal." if dossier.last.checkpoint else "",
    }


def access_in(actors: Sequence[str]) -> str:
    """Return in words what was used, by the kinds of its actors (``establishment:…``)."""
    kinds = {one.partition(":")[0] for one in actors}
    return next((text for known, text in _ACCESS.items() if kinds <= known), "un accès")


def seen_in(purposes: Collection[str]) -> str:
    """Return in words all that some answers showed, each once."""
    words = [word for known, all_ in _SEEN.items() if known in purposes for word in all_]
    each = list(dict.fromkeys(words))
    return " et ".join([", ".join(each[:-1]), each[-1]] if len(each) > 1 else each)


def _measures(dossier: Dossier, controller: str) -> str:
    """Return what was done, as far as it was noted: nothing is said done that was not."""
    own = "D3" if controller == OURSELVES else "D2"
    closed = [text for act, text in CONTAINED.items() if (OURSELVES, act) in dossier.standing]
    said = [
        ("La CNIL est prévenue.", (controller, own)),
        ("Une plainte est déposée.", (controller, "D10")),
    ]
    return " ".join(closed[:1] + [text for text, act in said if act in dossier.standing])


def unseen_in(purposes: Collection[str]) -> str:
    """Return in words what some answers did not show."""
    told = "Aucun nom, aucune adresse, aucun numéro de sécurité sociale, aucun compte en banque"
    return f"{told}." if _OF_CARE & set(purposes) else f"{told}, aucun soin."


def day_of(at: datetime) -> str:
    """Return an instant in words, in Paris."""
    return f"{at.astimezone(PARIS):%d/%m/%Y à %H h %M}"


def persons_of(count: int) -> str:
    """Return a number of persons in words."""
    return f"{count} personne{'s' if count > 1 else ''}"
