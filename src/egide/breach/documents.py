"""What is sent and kept of an incident, each as data and as a page: notices, drafts, register, complaint, letters.

What the log knows is said exactly; what only a person knows stays visibly empty (``null``), never guessed.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from egide.breach import letters
from egide.breach.dossier import Dossier
from egide.breach.duties import OURSELVES, Act, Clock
from egide.breach.lists import make_private
from egide.breach.sql import Count, Total
from egide.breach.words import CONTAINED, day_of, persons_of, seen_in, unseen_in, values_of

_LETTERS: Final = ("adulte", "representant", "non-concerne")
_OURS: Final = ("professionnel", "script", "presse")
_CONSEQUENCES: Final = "hameçonnage nommant la mutuelle"


def write_documents(dossier: Dossier, folder: Path) -> list[str]:
    """Write every document of an incident under a folder; return what keeps a letter from being sent, by its place.

    Files are their owner's alone. The sealed lists are there already: their digests are in the notices.
    """
    wrong: list[str] = []
    _write(folder / "incident.json", _encoded(_incident(dossier)))
    if dossier.last.checkpoint:
        _write(folder / "preuves" / "checkpoint.txt", dossier.last.checkpoint.encode())
    _write(folder / "egide" / "registre.json", _encoded(_register(dossier, OURSELVES)))
    _write(folder / "egide" / "cnil-professionnels.json", _encoded(_authority(dossier, None)))
    _write(folder / "egide" / "plainte.json", _encoded(_complaint(dossier, OURSELVES)))
    values = values_of(dossier, dossier.counts, "", OURSELVES)
    for name in _OURS:
        text = letters.letter(name, values)
        _page(folder / "egide" / name, text)
        if name == "professionnel":
            wrong += _faults(folder / "egide" / name, dossier, text)
    for total in dossier.totals:
        wrong += _write_insurer(dossier, total, folder / "assureurs" / total.amc_number)
    _write(folder / "SHA256SUMS", _sums(folder).encode())
    return wrong


def _write_insurer(dossier: Dossier, total: Total, folder: Path) -> list[str]:
    counts = dossier.of(total.amc_number)
    _write(folder / "avis.json", _encoded(_notice(dossier, total, folder / "victimes.jwe")))
    is_sealed = (folder / "victimes.jwe").exists()
    _page(folder / "avis", _notice_text(dossier, total, counts, is_sealed=is_sealed))
    _write(folder / "cnil.json", _encoded(_authority(dossier, total)))
    _write(folder / "dora.json", _encoded(_dora(dossier, total)))
    _write(folder / "registre.json", _encoded(_register(dossier, total.amc_number)))
    _write(folder / "plainte.json", _encoded(_complaint(dossier, total.amc_number)))
    wrong: list[str] = []
    # Nobody is written to of one that a recount left out, nor where the risk was judged otherwise.
    if not total.persons or (total.amc_number, "not-high-risk") in dossier.standing:
        return wrong
    for name in _LETTERS:
        values = values_of(dossier, counts, total.name, total.amc_number)
        text = letters.letter(name, values)
        _page(folder / "lettres" / name, text)
        found = _faults(folder / "lettres" / name, dossier, text)
        wrong += [f"{total.amc_number}, {one}" for one in found]
    return wrong


def _faults(path: Path, dossier: Dossier, text: str) -> list[str]:
    found = letters.faults(text)
    if all((OURSELVES, act) not in dossier.standing for act in CONTAINED):
        found.append(
            "rien ne dit que l'accès est fermé : ./egide incident note … closed, ou card-only"
        )
    if path.name == "non-concerne" and dossier.incident.until > dossier.made_at:
        found.append("la fenêtre n'est pas finie : quelqu'un peut être concerné demain")
    return [f"{path.name} : {one}" for one in found]


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


def _done(dossier: Dossier, controller: str) -> list[dict[str, Any]]:
    """Return what stands of what we did, and a controller did, without the names of whom did it."""
    said = [
        one for one in dossier.standing.values() if one.controller in {OURSELVES, controller}
    ]
    return [{"qui": one.controller, "acte": one.act, "le": one.done_at} for one in said]


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
            "vu": seen_in({one.purpose}),
            "personnes": one.persons,
            "reponses": one.answers,
            "premiere": one.first_at,
            "derniere": one.last_at,
        }
        for one in counts
    ]


def _notice(dossier: Dossier, total: Total, sealed: Path) -> dict[str, Any]:
    """Return the notice to an insurer (RGPD 33(2)): all that its own duties need, and its own numbers alone."""
    incident = dossier.incident
    return {
        "version": dossier.last.version,
        "destinataire": {"amc": total.amc_number, "nom": total.name},
        "nature": {
            "confidentialite": True,
            "integrite": None,
            "disponibilite": None,
            "hypothese": incident.hypothesis,
        },
        "debut": incident.since,
        "fin": dossier.until,
        "connaissance": incident.aware_at,
        "personnes": total.persons,
        "detail": _rows(dossier.of(total.amc_number)),
        "non_vu": unseen_in({one.purpose for one in dossier.of(total.amc_number)}),
        "consequences": _CONSEQUENCES,
        "mesures": _done(dossier, total.amc_number),
        "liste": {
            "fichier": sealed.name,
            "sha256": hashlib.sha256(sealed.read_bytes()).hexdigest(),
        }
        if sealed.exists()
        else None,
        "preuve": {
            "journal": dossier.last.log_size,
            "point_de_controle": dossier.last.checkpoint or None,
            "empreinte": dossier.last.sha256.hex(),
        },
        "contact": None,
        "dpo": None,
        "lei": None,
    }


def _notice_text(
    dossier: Dossier, total: Total, counts: Sequence[Count], *, is_sealed: bool
) -> str:
    incident = dossier.incident
    head = f"Avis de violation de données à {total.name} (AMC {total.amc_number}), version {dossier.last.version}\n\n"
    if not total.persons:
        return f"{head}Rectificatif : d'après le dernier décompte, aucun de vos assurés n'a été vu.\n"
    seen = "\n".join(
        f"- {persons_of(one.persons)}, {one.answers} réponses : {seen_in({one.purpose})}."
        for one in counts
    )
    listed = (
        "la liste est scellée à votre clé"
        if is_sealed
        else "la liste attend votre clé : sans elle, rien ne part"
    )
    return (
        f"{head}Nous l'avons su le {day_of(incident.aware_at)}. Entre le {day_of(incident.since)} et le "
        f"{day_of(dossier.until)} : {incident.hypothesis}\n\n"
        f"Assurés vus : {persons_of(total.persons)}.\n\n{seen}\n\n"
        f"{unseen_in({one.purpose for one in counts})}\n\n"
        "Votre délai de 72 heures pour notifier à la CNIL court dès la réception de cet avis (RGPD 33(1)). Un projet "
        f"de notification, un bloc DORA et des lettres à fusionner sont joints ; {listed}.\n"
    )


def _authority(dossier: Dossier, total: Total | None) -> dict[str, Any]:
    """Return a draft of the notification to the CNIL (RGPD 33(3)): of an insurer, or ours for professionals' data."""
    incident = dossier.incident
    persons = None if total is None else total.persons
    notified = (OURSELVES, "D3") if total is None else (total.amc_number, "D2")
    counts = [] if total is None else dossier.of(total.amc_number)
    return {
        "type": "complémentaire" if notified in dossier.standing else "initiale",
        "organisme": None if total is None else total.name,
        "siren": None,
        "sous_traitant": None if total is None else "Égide",
        "debut": incident.since,
        "fin": dossier.until,
        "decouverte": incident.aware_at,
        "connaissance": incident.aware_at
        if total is None
        else _noted(dossier, total.amc_number, "D1"),
        "nature": ["confidentialité"],
        "origine": incident.hypothesis,
        "donnees": seen_in({one.purpose for one in counts}),
        "personnes": persons,
        "enregistrements": sum(one.answers for one in counts) if total is not None else None,
        "gravite": None,
        "consequences": _CONSEQUENCES if total is not None else None,
        "mesures": _done(dossier, OURSELVES if total is None else total.amc_number),
        "personnes_informees": None,
        "plainte": None,
        "dpo": None,
    }


def _noted(dossier: Dossier, controller: str, act: str) -> datetime | None:
    found = dossier.standing.get((controller, act))
    return None if found is None else found.done_at


def _dora(dossier: Dossier, total: Total) -> dict[str, Any]:
    """Return what an insurer's report under DORA needs of us (2025/301, annex I); what it alone knows is empty."""
    incident = dossier.incident
    return {
        "tiers_a_l_origine": "Égide",
        "lei_du_tiers": None,
        "reference": str(incident.incident_id),
        "detecte": incident.aware_at,
        "survenu": incident.since,
        "classe": _noted(dossier, total.amc_number, "major"),
        "clients_touches": {"nombre": total.persons, "part": None, "estimation": False},
        "acces_malveillant": None,
        "service_critique": None,
        "indisponibilite": None,
        "donnees_perdues": seen_in({one.purpose for one in dossier.of(total.amc_number)}),
        "cout": None,
    }


def _register(dossier: Dossier, controller: str) -> dict[str, Any]:
    """Return a controller's entry of its register (RGPD 33(5)), with the decision not to write where it was taken."""
    own = [_act(one) for one in dossier.acts if one.controller == controller]
    return {
        "incident": str(dossier.incident.incident_id),
        "responsable": controller,
        "faits": dossier.incident.hypothesis,
        "debut": dossier.incident.since,
        "fin": dossier.until,
        "connaissance": dossier.incident.aware_at,
        "effets": _rows(dossier.counts if controller == OURSELVES else dossier.of(controller)),
        "actes": own,
        "mesures": _done(dossier, controller),
        "decision_de_ne_pas_ecrire": next(
            (one for one in reversed(own) if one["acte"] == "not-high-risk"), None
        ),
    }


def _complaint(dossier: Dossier, controller: str) -> dict[str, Any]:
    """Return the facts of a complaint (code des assurances L12-10-1): chronology, actors, preserved evidence."""
    return {
        "faits": dossier.incident.hypothesis,
        "du": dossier.incident.since,
        "au": dossier.until,
        "acces_utilises": dossier.incident.actors,
        "chronologie": [_act(one) for one in dossier.acts]
        if controller == OURSELVES
        else _done(dossier, controller),
        "preuves": {
            "point_de_controle": dossier.last.checkpoint or None,
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
    make_private(path.parent)
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
