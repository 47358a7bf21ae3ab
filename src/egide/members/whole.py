"""What holds of an insurer's files one after another: their numbers rise, and a full one closes whom it leaves out."""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from egide import db
from egide.core.refusal import Refusal, RefusalCode
from egide.members import sql
from egide.members.header import FileKind, Header

# A file cut short looks like one whose persons have left: beyond this share a person says so first.
_USUAL_SHARE: Final = 20
# What is said of a line whose number another covered person has: the reason, the remedy.
HELD: Final = {
    "card": (
        "Une autre personne couverte a cette carte.",
        "Tirer une nouvelle carte, ou clore d'abord l'autre personne.",
    ),
    "member": (
        "Une autre personne couverte a ce numéro d'adhérent, cette date de naissance et ce rang.",
        "Donner à chaque jumeau son rang, ou clore d'abord l'autre personne.",
    ),
    "nir": (
        "Prise ; une autre personne couverte a ce NIR, cette date de naissance et ce rang.",
        "Par le NIR, ni l'une ni l'autre n'est répondue : donner à chacune son rang, ou réunir leurs périodes.",
    ),
}


async def check_sequence(tx: db.Tx, insurer_id: UUID, header: Header) -> None:
    """Refuse a file that is not the next one of its insurer; Refusal ``import-invalid``.

    An insurer that numbers its files numbers them all: one without a number could be of any day.
    """
    last = await sql.last_sequence(tx, insurer_id)
    if header.sequence > last:
        return
    if not header.sequence:
        if last == 0:
            return
        hint = f"Cet assureur numérote ses fichiers, le dernier est le {last} : donner sequence à celui-ci."
    else:
        hint = (
            f"Le fichier {last} de cet assureur est déjà pris ; celui-ci est le {header.sequence} : "
            "envoyer l'état d'aujourd'hui sous le numéro suivant."
        )
    raise Refusal(RefusalCode.IMPORT_INVALID, where="ligne 1", hint=hint)


async def close_absent(
    tx: db.Tx, insurer_id: UUID, digest: UUID, today: date, accepted: int | None
) -> int:
    """End today the covers of an insurer's persons whom a full file leaves out; return how many persons.

    Args:
        accepted: how many absent persons the insurer has said that it means, where there are many.

    Raises Refusal: ``import-invalid`` for an abnormal share, unless that very number was accepted: the transaction is
        then to be given up.
    """
    counted = await sql.close_absent(tx, insurer_id, digest, today)
    if counted.absent * _USUAL_SHARE > counted.covered and counted.absent != accepted:
        hint = (
            f"{counted.absent} personnes couvertes sur {counted.covered} ne sont plus dans ce fichier complet, "
            f"plus d'une sur {_USUAL_SHARE} : le compléter, ou confirmer par --absent {counted.absent}."
        )
        raise Refusal(RefusalCode.IMPORT_INVALID, where="fichier", hint=hint)
    return counted.absent


async def note(
    tx: db.Tx, insurer_id: UUID, header: Header, digest: UUID, now: datetime
) -> None:
    """Keep the number of a file that was taken."""
    if header.sequence:
        await sql.note_sequence(tx, insurer_id, header.sequence, digest, now)


def is_full(header: Header) -> bool:
    """Tell whether a file says who is covered no more by leaving it out."""
    return header.kind is FileKind.FULL
