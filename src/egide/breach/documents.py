"""What is sent and kept of an incident, each as data and as a page: notices, drafts, register, complaint, letters.

What the log knows is said exactly; what only a person knows stays visibly empty (``null``), never guessed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from egide.breach import letters
from egide.breach.dossier import Dossier
from egide.breach.duties import OURSELVES, Act, Clock
from egide.breach.sql import Count, Total
from egide.core.period import PARIS

SEEN: Final[Mapping[str, str]] = {
    "rights": "la mutuelle et les dates de couverture",
    "claim": "la mutuelle, les dates de couverture, l'année de naissance et un prix",
    "preauth": "la mutuelle, les dates de couverture, l'année de naissance et un prix",
    "quote": "la mutuelle, les dates de couverture, l'année de naissance et un prix",
    "support": "une facture masquée",
    "reread": "une réponse ou une facture déjà donnée",
    "export": "des factures et leurs prix",
}
# Of these, care is seen: the others tell of nobody's.
_OF_CARE: Final = frozenset({"support", "reread", "export"})
_LETTERS: Final = ("adulte", "representant", "non-concerne")


def write_documents(dossier: Dossier, folder: Path) -> list[str]:
    """Write every document of an incident under a folder; return what keeps a letter from being sent, by its place.

    Files are their owner's alone. Written again, they are replaced.
    """
    wrong: list[str] = []
    _write(folder / "incident.json", _encoded(_incident(dossier)))
    _write(folder / "preuves" / "checkpoint.txt", dossier.last.checkpoint.encode())
    _write(folder / "egide" / "registre.json", _encoded(_register(dossier, OURSELVES)))
    _write(folder / "egide" / "cnil-professionnels.json", _encoded(_authority(dossier, None)))
    _write(folder / "egide" / "plainte.json", _encoded(_complaint(dossier)))
    for name in ("professionnel", "script", "presse"):
        _page(
            folder / "egide" / name,
            letters.letter(name, _values(dossier, dossier.counts, "", OURSELVES)),
        )
    values = _values(dossier, dossier.counts, "", OURSELVES)
    wrong += _faults(
        folder / "egide" / "professionnel", dossier, letters.letter("professionnel", values)
    )
    for total in dossier.totals:
        wrong += _write_insurer(dossier, total, folder / "assureurs" / total.amc_number)
    _write(folder / "SHA256SUMS", _sums(folder).encode())
    return wrong


def _write_insurer(dossier: Dossier, total: Total, folder: Path) -> list[str]:
    counts = dossier.of(total.amc_number)
    notice = _notice(dossier, total)
    _write(folder / "avis.json", _encoded(notice))
    _page(folder / "avis", _notice_text(dossier, total, counts))
    _write(folder / "cnil.json", _encoded(_authority(dossier, total)))
    _write(folder / "dora.json", _encoded(_dora(dossier, total)))
    _write(folder / "registre.json", _encoded(_register(dossier, total.amc_number)))
    wrong: list[str] = []
    for name in _LETTERS:
        values = _values(dossier, counts, total.name, total.amc_number)
        text = letters.letter(name, values)
        _page(folder / "lettres" / name, text)
        wrong += _faults(folder / "lettres" / name, dossier, text)
    return wrong


def _faults(path: Path, dossier: Dossier, text: str) -> list[str]:
    found = letters.faults(text)
    if (OURSELVES, "contained") not in {(one.controller, one.act) for one in dossier.acts}:
        found.append("rien ne dit que l'accès est fermé : ./egide incident note … contained")
    return [f"{path.name} : {one}" for one in found]


def _values(
    dossier: Dossier, counts: Sequence[Count], insurer: str, controller: str
) -> dict[str, str]:
    incident = dossier.incident
    return {
        "assureur": insurer,
        "aware": _day(incident.aware_at),
        "since": f"{incident.since.astimezone(PARIS):%d/%m/%Y}",
        "until": f"{incident.until.astimezone(PARIS):%d/%m/%Y}",
        "persons": f"{dossier.last.persons}",
        "unseen": _unseen(counts),
        "measures": _measures(dossier, controller),
    }


def _measures(dossier: Dossier, controller: str) -> str:
    """Return what was done, as far as it was noted: nothing is said done that was not."""
    noted = {(one.controller, one.act) for one in dossier.acts}
    own = "D3" if controller == OURSELVES else "D2"
    said = [
        ("L'accès a été fermé.", (OURSELVES, "contained")),
        ("La CNIL est prévenue.", (controller, own)),
        ("Une plainte est déposée.", (controller, "D10")),
    ]
    return " ".join(text for text, act in said if act in noted)


def _unseen(counts: Sequence[Count]) -> str:
    told = "Aucun nom, aucune adresse, aucun numéro de sécurité sociale, aucun compte en banque"
    sees_care = any(one.purpose in _OF_CARE for one in counts)
    return f"{told}." if sees_care else f"{told}, aucun soin."


def _day(at: datetime) -> str:
    return f"{at.astimezone(PARIS):%d/%m/%Y à %H h %M}"


def _incident(dossier: Dossier) -> dict[str, Any]:
    one = dossier.incident
    return {
        "incident": str(one.incident_id),
        "ouvert": one.opened_at,
        "par": one.opened_by,
        "connu": one.aware_at,
        "fenetre": {"du": one.since, "au": one.until},
        "acteurs": one.actors,
        "hypothese": one.hypothesis,
        "clos": one.closed_at,
        "fait_le": dossier.made_at,
        "decomptes": [
            {
                "version": each.version,
                "le": each.reckoned_at,
                "personnes": each.persons,
                "reponses": each.answers,
                "ajoutees": each.added,
                "retirees": each.removed,
                "journal": each.log_size,
                "empreinte_de_la_liste": each.sha256.hex(),
            }
            for each in dossier.reckonings
        ],
        "horloges": [_clock(each) for each in dossier.clocks],
        "actes": [_act(each) for each in dossier.acts],
    }


def _clock(one: Clock) -> dict[str, Any]:
    return {
        "devoir": one.code,
        "qui": one.controller,
        "quoi": one.french,
        "source": one.source,
        "etat": one.state.value,
        "avant": one.due_at,
        "fait": one.done_at,
    }


def _act(one: Act) -> dict[str, Any]:
    return {
        "qui": one.controller,
        "acte": one.act,
        "le": one.done_at,
        "par": one.done_by,
        "preuve": one.proof,
    }


def _rows(counts: Sequence[Count]) -> list[dict[str, Any]]:
    return [
        {
            "motif": one.purpose,
            "preuve_du_patient": one.basis,
            "vu": SEEN[one.purpose],
            "personnes": one.persons,
            "reponses": one.answers,
            "premiere": one.first_at,
            "derniere": one.last_at,
        }
        for one in counts
    ]


def _notice(dossier: Dossier, total: Total) -> dict[str, Any]:
    """Return the notice to an insurer (RGPD 33(2)): all that its own duties need, and its own numbers alone."""
    incident = dossier.incident
    return {
        "version": dossier.last.version,
        "destinataire": {"amc": total.amc_number, "nom": total.name},
        "nature": {
            "confidentialite": True,
            "integrite": None,
            "disponibilite": False,
            "hypothese": incident.hypothesis,
        },
        "debut": incident.since,
        "fin": incident.until,
        "connaissance": incident.aware_at,
        "personnes": total.persons,
        "detail": _rows(dossier.of(total.amc_number)),
        "non_vu": _unseen(dossier.of(total.amc_number)),
        "consequences": "hameçonnage nommant la mutuelle",
        "mesures": [_act(one) for one in dossier.acts if one.controller == OURSELVES],
        "liste": "victimes.jwe, scellée à votre clé ; empreinte dans SHA256SUMS",
        "preuve": {
            "journal": dossier.last.log_size,
            "point_de_controle": dossier.last.checkpoint,
            "empreinte": dossier.last.sha256.hex(),
        },
        "contact": None,
        "dpo": None,
        "lei": None,
    }


def _notice_text(dossier: Dossier, total: Total, counts: Sequence[Count]) -> str:
    incident = dossier.incident
    seen = "\n".join(
        f"- {one.persons} personnes, {one.answers} réponses : {SEEN[one.purpose]}."
        for one in counts
    )
    return (
        f"Avis de violation de données à {total.name} (AMC {total.amc_number}), version {dossier.last.version}\n\n"
        f"Nous l'avons su le {_day(incident.aware_at)}. Entre le {_day(incident.since)} et le {_day(incident.until)}, "
        f"{incident.hypothesis}\n\n"
        f"{total.persons} de vos assurés ont été vus :\n\n{seen}\n\n"
        f"{_unseen(counts)}\n\n"
        "Votre délai de 72 heures pour notifier à la CNIL court dès la réception de cet avis (RGPD 33(1)). Un projet "
        "de notification, un bloc DORA et des lettres à fusionner sont joints ; la liste est scellée à votre clé.\n"
    )


def _authority(dossier: Dossier, total: Total | None) -> dict[str, Any]:
    """Return a draft of the notification to the CNIL (RGPD 33(3)): of an insurer, or ours for professionals' data."""
    incident = dossier.incident
    persons = None if total is None else total.persons
    counts = [] if total is None else dossier.of(total.amc_number)
    return {
        "type": "complémentaire" if dossier.last.version > 1 else "initiale",
        "organisme": None if total is None else total.name,
        "siren": None,
        "sous_traitant": None if total is None else "Égide",
        "debut": incident.since,
        "fin": incident.until,
        "decouverte": incident.aware_at,
        "connaissance": next(
            (
                one.done_at
                for one in dossier.acts
                if total is not None and (one.controller, one.act) == (total.amc_number, "D1")
            ),
            incident.aware_at if total is None else None,
        ),
        "nature": ["confidentialité"],
        "origine": incident.hypothesis,
        "donnees": sorted({SEEN[one.purpose] for one in counts}),
        "personnes": persons,
        "enregistrements": sum(one.answers for one in counts) if total is not None else None,
        "gravite": None,
        "consequences": "hameçonnage nommant la mutuelle" if total is not None else None,
        "mesures": [_act(one) for one in dossier.acts if one.controller == OURSELVES],
        "personnes_informees": None,
        "plainte": None,
        "dpo": None,
    }


def _dora(dossier: Dossier, total: Total) -> dict[str, Any]:
    """Return what an insurer's report under DORA needs of us (2025/301, annex I); what it alone knows is empty."""
    incident = dossier.incident
    return {
        "tiers_a_l_origine": "Égide",
        "lei_du_tiers": None,
        "reference": str(incident.incident_id),
        "detecte": incident.aware_at,
        "survenu": incident.since,
        "classe": next(
            (
                one.done_at
                for one in dossier.acts
                if (one.controller, one.act) == (total.amc_number, "major")
            ),
            None,
        ),
        "clients_touches": {"nombre": total.persons, "part": None, "estimation": False},
        "acces_malveillant": True,
        "service_critique": None,
        "indisponibilite": "aucune",
        "donnees_perdues": sorted({SEEN[one.purpose] for one in dossier.of(total.amc_number)}),
        "cout": None,
    }


def _register(dossier: Dossier, controller: str) -> dict[str, Any]:
    """Return a controller's entry of its register (RGPD 33(5)), with the decision not to write where it was taken."""
    own = [_act(one) for one in dossier.acts if one.controller == controller]
    return {
        "incident": str(dossier.incident.incident_id),
        "responsable": controller,
        "faits": dossier.incident.hypothesis,
        "effets": _rows(dossier.counts if controller == OURSELVES else dossier.of(controller)),
        "actes": own,
        "decision_de_ne_pas_ecrire": next(
            (one for one in own if one["acte"] == "not-high-risk"), None
        ),
    }


def _complaint(dossier: Dossier) -> dict[str, Any]:
    """Return the facts of a complaint (code des assurances L12-10-1): chronology, actors, preserved evidence."""
    return {
        "faits": dossier.incident.hypothesis,
        "du": dossier.incident.since,
        "au": dossier.incident.until,
        "acces_utilises": dossier.incident.actors,
        "chronologie": [_act(one) for one in dossier.acts],
        "preuves": {
            "point_de_controle": dossier.last.checkpoint,
            "empreinte_de_la_liste": dossier.last.sha256.hex(),
        },
        "prejudice": None,
        "siren": None,
        "signataire": None,
    }


def _encoded(said: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(said), indent=1) + b"\n"


def _page(path: Path, text: str) -> None:
    _write(path.with_suffix(".txt"), text.encode())
    title = text.partition("\n")[0]
    _write(path.with_suffix(".html"), letters.as_page(text, title).encode())


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_bytes(body)


def _sums(folder: Path) -> str:
    every = sorted(
        one for one in folder.rglob("*") if one.is_file() and one.name != "SHA256SUMS"
    )
    return "".join(
        f"{hashlib.sha256(one.read_bytes()).hexdigest()}  {one.relative_to(folder)}\n"
        for one in every
    )
