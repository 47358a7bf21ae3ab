"""How a request names a person: card, engagement, or typed numbers; nothing else finds anybody.

Source: FHIR R4 Coverage and Patient, contained in the request or beside it in a Bundle.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import msgspec

from egide.core.identifiers import AmcNumber, BirthDate, MemberNumber
from egide.core.ids import from_code
from egide.core.refusal import Refusal, RefusalCode
from egide.edge import fhir
from egide.edge.resources import Resource, Resources
from egide.rights.naming.patient import (
    PATIENT,
    birth_of,
    nir_of,
    not_in_use,
    parsed,
    read_patient,
)
from egide.rights.naming.proofs import PROOFS, Located
from egide.rights.question import Basis
from egide.vault import Addresses


class Coverage(msgspec.Struct):
    """The cover as the card prints it: insurer, member number, rank, and whose it is."""

    subscriberId: str = ""
    dependent: str = ""
    payor: list[fhir.Reference] = []
    beneficiary: fhir.Reference | None = None
    status: str = "active"
    identifier: list[fhir.Identifier] = []


class Organization(msgspec.Struct):
    """An insurer that a cover refers to."""

    identifier: list[fhir.Identifier] = []


class Insurance(msgspec.Struct):
    """FHIR ``insurance``, of a rights question or of a claim."""

    coverage: fhir.Reference = msgspec.field(default_factory=fhir.Reference)
    preAuthRef: list[str] = []
    focal: bool = False


COVERAGE: Final = "Coverage"
ORGANIZATION: Final = "Organization"
_read_organization: Final = msgspec.json.Decoder(Organization)
_read_coverage: Final = msgspec.json.Decoder(Coverage)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What a request says of whom it is about.

    Args:
        root: name of the resource, for the path of a refusal.
        patient: its own reference to the patient.
        resources: those that references may name.
    """

    root: str
    insurance: list[Insurance]
    patient: fhir.Reference | None
    resources: Resources


@dataclass(frozen=True, slots=True)
class _Cover:
    """A Coverage, and where it stands."""

    place: str
    said: Coverage


def locate(named: Named, addresses: Addresses) -> Located:
    """Return where to look a person up.

    Raises Refusal: ``value-missing`` or the code of the number at fault, with its element; ``value-invalid`` for a
        reference that names nothing, or several.
    """
    index, insurance = _ours(named)
    where = f"{named.root}.insurance[{index}]"
    found, place = _proof(named, insurance, f"{where}.coverage", addresses)
    if insurance.preAuthRef:
        number = from_code(insurance.preAuthRef[0])
        if number is None:
            raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.preAuthRef[0]")
        if len(set(insurance.preAuthRef)) > 1:
            hint = "Une facture ne repose que sur un numéro : en envoyer une par numéro."
            raise Refusal(RefusalCode.VALUE_INVALID, where=f"{where}.preAuthRef[1]", hint=hint)
        cited = Located(Basis.ENGAGEMENT, number)
        if found is not None and found != cited:
            hint = "preAuthRef nomme déjà la personne : l'un ou l'autre."
            raise Refusal(RefusalCode.VALUE_INVALID, where=place, hint=hint)
        return cited
    _check_patient(named)
    if found is not None:
        return found
    cover = _cover(named, insurance, where)
    return _typed(named, cover, where, addresses)


def _proof(
    named: Named, insurance: Insurance, where: str, addresses: Addresses
) -> tuple[Located | None, str]:
    """Return whom something names by itself, and where it stands: in the reference, or in the Coverage it leads to.

    Raises Refusal: ``value-invalid`` for two that differ, one that cannot be read or is out of use, and for a Coverage
        beside it that is not there, not active, or of another patient.
    """
    said: list[tuple[fhir.Identifier, str]] = []
    own = insurance.coverage.identifier
    if own is not None and own.system in PROOFS:
        if own.use == "old":
            place_in_use = f"{where}.identifier.use"
            raise not_in_use(place_in_use)
        said.append((own, f"{where}.identifier"))
    cover = _held_cover(named, insurance, where)
    if cover is not None:
        said += [
            (one, f"{cover.place}.identifier[{index}]")
            for index, one in enumerate(cover.said.identifier)
            if one.system in PROOFS and one.use != "old"
        ]
    found: Located | None = None
    for one, place in said:
        located = PROOFS[one.system](one.value, addresses)
        if located is None:
            hint = "Ce que la carte, la page de la personne ou la réponse a donné, tel quel : 26 caractères, ou 12."
            raise Refusal(RefusalCode.VALUE_INVALID, where=f"{place}.value", hint=hint)
        if found is not None and located != found:
            hint = "Deux façons différentes de nommer la personne : n'en garder qu'une."
            raise Refusal(RefusalCode.VALUE_INVALID, where=place, hint=hint)
        found = located
    if found is not None and cover is not None:
        _patient_of(named, cover)
    return found, said[0][1] if said else where


def _held_cover(named: Named, insurance: Insurance, where: str) -> _Cover | None:
    """Return the Coverage of the request that an insurance refers to, or the only one where it refers to nothing."""
    if named.resources.holds(insurance.coverage):
        held = named.resources.follow(insurance.coverage, COVERAGE, where)
        return None if held is None else _read_cover(held)
    every = named.resources.of_kind(COVERAGE)
    alone = len(every) == 1 and not insurance.coverage.reference
    return _read_cover(every[0]) if alone and insurance.coverage.identifier is None else None


def _check_patient(named: Named) -> None:
    """Refuse a patient that the request should contain and does not: it may say somebody else."""
    asked = named.patient
    if asked is not None and asked.reference.startswith("#"):
        named.resources.follow(asked, PATIENT, f"{named.root}.patient")


def _ours(named: Named) -> tuple[int, Insurance]:
    """Return the one insurance that is asked of us: the focal one, or the only one that is not the basic insurer's."""
    every = list(enumerate(named.insurance))
    where = f"{named.root}.insurance"
    if len(every) > 1:
        # Where one names the person by itself, another may refer to what its software keeps: the basic insurer's.
        is_named = any(map(_names_by_itself, named.insurance))
        every = [
            (i, one)
            for i, one in every
            if _is_complementary(named, one, f"{where}[{i}]", is_named=is_named)
        ]
    if len(every) > 1:
        every = [(i, one) for i, one in every if one.focal] or every
    if not named.insurance:
        hint = "L'assureur ou la carte : insurance[0].coverage."
        raise Refusal(RefusalCode.VALUE_MISSING, where=where, hint=hint)
    if len(every) != 1:
        hint = "Exactement une complémentaire, ou une seule avec « focal »."
        raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
    return every[0]


def _names_by_itself(insurance: Insurance) -> bool:
    proof = insurance.coverage.identifier
    return bool(insurance.preAuthRef) or (proof is not None and proof.system in PROOFS)


def _is_complementary(
    named: Named, insurance: Insurance, where: str, *, is_named: bool
) -> bool:
    if _names_by_itself(insurance):
        return True
    if is_named and not named.resources.holds(insurance.coverage):
        return False
    found = named.resources.follow(insurance.coverage, COVERAGE, f"{where}.coverage")
    if found is None:
        return False
    cover = _read_cover(found)
    if any(one.system in PROOFS for one in cover.said.identifier):
        return True
    return any(True for _ in _complementary(named, cover))


def _cover(named: Named, insurance: Insurance, where: str) -> _Cover | None:
    """Return the Coverage that an insurance refers to; the only one there is, where it refers to none."""
    found = named.resources.follow(insurance.coverage, COVERAGE, f"{where}.coverage")
    if found is None:
        every = named.resources.of_kind(COVERAGE)
        if len(every) > 1:
            hint = "Plusieurs Coverage : dire lequel (« #… »)."
            raise Refusal(
                RefusalCode.VALUE_MISSING, where=f"{where}.coverage.reference", hint=hint
            )
        found = every[0] if every else None
    return None if found is None else _read_cover(found)


def _read_cover(found: Resource) -> _Cover:
    """Return a Coverage; Refusal ``value-invalid`` for one that says that it is not valid (FHIR Coverage.status)."""
    said = found.read(_read_coverage)
    if said.status != "active":
        hint = "Une couverture active, ou sans statut."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{found.place}.status", hint=hint)
    return _Cover(found.place, said)


def _patient_of(named: Named, cover: _Cover | None) -> Resource | None:
    """Return the Patient that the request or the cover refers to; Refusal ``value-invalid`` where they disagree."""
    follow = named.resources.follow
    asked = follow(named.patient, PATIENT, f"{named.root}.patient")
    covered = None
    if cover is not None:
        covered = follow(cover.said.beneficiary, PATIENT, f"{cover.place}.beneficiary")
    if asked is not None and covered is not None and asked is not covered:
        hint = "Le patient n'est pas le bénéficiaire de la couverture."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{named.root}.patient", hint=hint)
    return covered or asked


def _whom(named: Named, cover: _Cover | None, where: str) -> Resource:
    """Return the patient: the beneficiary of the cover, whom the request itself must not contradict."""
    found = _patient_of(named, cover)
    if found is not None:
        return found
    every = named.resources.of_kind(PATIENT)
    if len(every) != 1:
        hint = "Envoyer la carte (urn:egide:card), ou un Patient contenu avec sa date de naissance."
        if every:
            hint = "Plusieurs Patient : dire lequel (Coverage.beneficiary)."
        raise Refusal(
            RefusalCode.VALUE_MISSING, where=f"{where}.coverage.identifier", hint=hint
        )
    return every[0]


def _typed(named: Named, cover: _Cover | None, where: str, addresses: Addresses) -> Located:
    found = _whom(named, cover, where)
    patient = found.read(read_patient)
    if not patient.active:
        place_in_use = f"{found.place}.active"
        raise not_in_use(place_in_use)
    birth = birth_of(patient, found.place)
    rank = 1 if cover is None else _rank(cover)
    # What a card prints names one contract; a NIR may be that of several.
    if cover is not None and cover.said.subscriberId:
        return Located(Basis.TYPED, _member(named, cover, birth, rank, addresses))
    nir = nir_of(patient, found.place)
    if nir is not None:
        amc = None if cover is None else _amc(named, cover)
        return Located(
            Basis.TYPED, addresses.nir(nir, birth, rank), None if amc is None else amc.text
        )
    if cover is None:
        hint = f"Un Coverage contenu (subscriberId, payor), ou le NIR du patient : {', '.join(sorted(fhir.NIRS))}."
        raise Refusal(RefusalCode.VALUE_MISSING, where=f"{named.root}.contained", hint=hint)
    return Located(Basis.TYPED, _member(named, cover, birth, rank, addresses))


def _member(
    named: Named, cover: _Cover, birth: BirthDate, rank: int, addresses: Addresses
) -> UUID:
    amc = _amc(named, cover)
    if amc is None:
        hint = f"Le numéro AMC de l'assureur, système {fhir.AMC}."
        raise Refusal(
            RefusalCode.VALUE_MISSING, where=f"{cover.place}.payor[0].identifier", hint=hint
        )
    if not cover.said.subscriberId:
        hint = "Le numéro d'adhérent que la carte imprime, ou le NIR du patient."
        raise Refusal(RefusalCode.VALUE_MISSING, where=f"{cover.place}.subscriberId", hint=hint)
    member = parsed(f"{cover.place}.subscriberId", MemberNumber.parse, cover.said.subscriberId)
    return addresses.member(amc, member, birth, rank)


def _amc(named: Named, cover: _Cover) -> AmcNumber | None:
    """Return the complementary insurer that a cover names; Refusal for two that differ."""
    found: AmcNumber | None = None
    for place, number in _complementary(named, cover):
        read = parsed(place, AmcNumber.parse, number)
        if found is not None and read != found:
            hint = "Deux complémentaires pour une couverture : une couverture pour chacune."
            raise Refusal(RefusalCode.VALUE_INVALID, where=place, hint=hint)
        found = read
    return found


def _complementary(named: Named, cover: _Cover) -> Iterator[tuple[str, str]]:
    """Yield the numbers of the complementary insurers among a cover's payors, said there or by an Organization."""
    for index, payor in enumerate(cover.said.payor):
        place = f"{cover.place}.payor[{index}]"
        if payor.identifier is not None:
            if payor.identifier.system == fhir.AMC:
                if payor.identifier.use == "old":
                    place_in_use = f"{place}.identifier.use"
                    raise not_in_use(place_in_use)
                yield f"{place}.identifier.value", payor.identifier.value
            continue
        insurer = _insurer(named, payor, place)
        if insurer is None:
            continue
        for at, one in enumerate(insurer.read(_read_organization).identifier):
            if one.system == fhir.AMC and one.use != "old":
                yield f"{insurer.place}.identifier[{at}].value", one.value


def _insurer(named: Named, payor: fhir.Reference, place: str) -> Resource | None:
    """Return the insurer that a payor refers to within the request; None for one elsewhere, or who is no insurer.

    A payor may be a person, or an Organization on another server: neither is a complementary insurer of ours.
    """
    reference = payor.reference
    if reference.startswith("#"):
        found = named.resources.anything(reference, f"{place}.reference")
        return found if found.kind == ORGANIZATION else None
    known = named.resources.of_kind(ORGANIZATION)
    return next((one for one in known if reference in one.names), None)


def _rank(cover: _Cover) -> int:
    text = cover.said.dependent
    if not text:
        return 1
    if text not in set("123456789"):
        hint = "Le rang, un chiffre de 1 à 9, sans zéro devant."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{cover.place}.dependent", hint=hint)
    return int(text)
