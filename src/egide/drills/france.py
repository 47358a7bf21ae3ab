"""A synthetic France from a seed: insurers, establishments, professionals, persons, cards.

Ages follow INSEE's pyramid, departments their population, NIRs their structure and key. Nobody in
it exists; the same seed gives the same country.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from schwifty import IBAN
from stdnum import luhn

from egide.access.jose import b64encode
from egide.core.ids import to_code
from egide.core.nir import nir_key
from egide.core.period import add_months, full_years
from egide.members.record import FORMAT

# Share of each age band in the population (INSEE, 1 January 2025, rounded), in thousandths.
_AGES = (
    (0, 14, 165),
    (15, 29, 175),
    (30, 44, 183),
    (45, 59, 193),
    (60, 74, 176),
    (75, 84, 73),
    (85, 99, 35),
)
# Populations in hundreds of thousands (INSEE 2022, rounded); Corsica and overseas are there.
_DEPARTMENTS = {
    "59": 26, "75": 21, "13": 21, "69": 19, "93": 17, "33": 17, "92": 16, "44": 15, "78": 15, "62": 15,
    "31": 14, "77": 14, "94": 14, "91": 13, "95": 13, "76": 13, "34": 12, "38": 13, "67": 12, "06": 11,
    "83": 11, "57": 11, "35": 11, "29": 9, "68": 8, "84": 6, "66": 5, "25": 5, "87": 4, "73": 4, "03": 3,
    "53": 3, "12": 3, "19": 2, "15": 1, "2A": 2, "2B": 2, "97": 9,
}  # fmt: skip
_SYLLABLES = (
    "ba",
    "cor",
    "du",
    "fan",
    "gil",
    "hou",
    "jar",
    "ker",
    "lam",
    "mou",
    "nel",
    "pra",
    "quin",
    "rou",
    "sal",
    "ter",
    "val",
    "vin",
)
_INSURERS = (
    ("775671993", "Mutuelle du Phare", 22_000),
    ("784301475", "Prévoyance des Métiers", 18_000),
    ("30310012", "Union Santé Loire", 10_000),
)
_SHOPS = (
    ("pharmacy", 110),
    ("doctor", 70),
    ("auxiliary", 45),
    ("dentist", 30),
    ("optician", 20),
    ("laboratory", 15),
    ("audiologist", 10),
    ("hospital", 6),
)
_VENDORS = (("Officina", "Comptoir", "12.4"), ("Soigneo", "Cabinet", "3.1"))
PLAN = "PROPRETE-ART9"
_TYPED_ONLY = 0.03  # share of persons without a card in the file
_LUNAR = 0.002


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A synthetic person with what its card and its insurer's file say."""

    amc: str
    reference: str
    member: str
    nir: str = field(repr=False)
    birth: str = field(repr=False)
    rank: int
    card: str = field(repr=False)
    department: str
    covered: bool
    record: bytes = field(repr=False)
    age: int  # full years on the country's day


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """A synthetic establishment and the key of its software."""

    establishment_id: UUID
    profession: str
    department: str
    software_id: UUID
    key: ec.EllipticCurvePrivateKey = field(repr=False)
    jwk: dict[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class France:
    """The whole country."""

    persons: list[Person]
    shops: list[Shop]
    directory: list[bytes]
    insurers: tuple[str, ...]

    def members_file(self, amc: str) -> Iterator[bytes]:
        """Yield an insurer's file, line by line, in format ``egide-members/1``."""
        yield msgspec.json.encode({"format": FORMAT}) + b"\n"
        for person in self.persons:
            if person.amc == amc:
                yield person.record + b"\n"


def _uuid(rng: random.Random) -> UUID:
    return UUID(int=rng.getrandbits(128), version=4)


def luhn_complete(body: str) -> str:
    """Return digits followed by their Luhn key."""
    return body + luhn.calc_check_digit(body)


def _finess(rng: random.Random, department: str) -> str:
    serial = f"{rng.randrange(10**6):06d}"
    counted = department.replace("A", "1").replace("B", "2")
    return department + serial + luhn.calc_check_digit(counted + serial)


def _siret(rng: random.Random) -> str:
    siren = luhn_complete(f"{rng.randrange(3 * 10**7, 9 * 10**7):08d}")
    return luhn_complete(siren + f"{rng.randrange(1, 9999):04d}")


def _iban(rng: random.Random) -> str:
    return str(
        IBAN.generate(
            "FR",
            bank_code="30002",
            branch_code="00550",
            account_code=f"{rng.randrange(10**10):011d}",
        )
    )


def public_jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """Return the public half of a P-256 key as a JWK."""
    numbers = key.public_key().public_numbers()
    x, y = (b64encode(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _name(rng: random.Random) -> str:
    return "".join(rng.choices(_SYLLABLES, k=rng.choice((2, 3)))).capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """Who insures a country and who makes its software: numbers, names, shares."""

    insurers: tuple[tuple[str, str, int], ...] = _INSURERS
    vendors: tuple[tuple[str, str, str], ...] = _VENDORS


_USUAL = Cast()


def make_france(
    seed: int, *, today: date, persons: int = 50_000, shops: int = 300, cast: Cast = _USUAL
) -> France:
    """Make a country of so many persons and establishments from a seed, as it is on a day."""
    rng = random.Random(seed)
    directory: list[bytes] = []
    for amc, name, _ in cast.insurers:
        directory.append(
            msgspec.json.encode(
                {"kind": "insurer", "id": str(_uuid(rng)), "amc": amc, "name": name}
            )
        )
    vendors = [_uuid(rng) for _ in cast.vendors]
    for software, (vendor, product, version) in zip(vendors, cast.vendors, strict=True):
        row = {
            "kind": "software",
            "id": str(software),
            "vendor": vendor,
            "product": product,
            "version": version,
        }
        directory.append(msgspec.json.encode(row))
    made = [_shop(rng, profession, vendors, directory) for profession in _professions(shops)]
    total = sum(share for _, _, share in cast.insurers)
    people: list[Person] = []
    for amc, _, share in cast.insurers:
        people += _members(rng, amc, round(persons * share / total), today)
    return France(
        persons=people,
        shops=made,
        directory=directory,
        insurers=tuple(amc for amc, _, _ in cast.insurers),
    )


def _professions(shops: int) -> list[str]:
    total = sum(count for _, count in _SHOPS)
    return [name for name, count in _SHOPS for _ in range(max(round(count * shops / total), 1))]


def _shop(
    rng: random.Random, profession: str, vendors: list[UUID], directory: list[bytes]
) -> Shop:
    establishment = _uuid(rng)
    department = rng.choices(list(_DEPARTMENTS), list(_DEPARTMENTS.values()))[0]
    order = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
    key = ec.derive_private_key(rng.randrange(1, order), ec.SECP256R1())
    software, jwk = rng.choice(vendors), public_jwk(key)
    rows = [
        {
            "kind": "establishment",
            "id": str(establishment),
            "finess": _finess(rng, department),
            "siret": _siret(rng),
            "profession": profession,
            "name": f"{profession.capitalize()} {_name(rng)}",
            "department": department,
            "iban": _iban(rng),
            "proved": True,
        },
        {
            "kind": "professional",
            "rpps": luhn_complete(f"{rng.randrange(10**9, 10**10):010d}"),
            "establishment": str(establishment),
        },
        {
            "kind": "key",
            "establishment": str(establishment),
            "software": str(software),
            "jwk": jwk,
        },
    ]
    directory.extend(msgspec.json.encode(row) for row in rows)
    return Shop(
        establishment_id=establishment,
        profession=profession,
        department=department,
        software_id=software,
        key=key,
        jwk=jwk,
    )


def _birth_day(rng: random.Random, today: date, low: int, high: int) -> date:
    youngest, oldest = add_months(today, -12 * low), add_months(today, -12 * (high + 1))
    return youngest - timedelta(days=rng.randrange((youngest - oldest).days))


def _nir(rng: random.Random, birth: date, department: str) -> str:
    commune = (
        f"{rng.randrange(1, 990):03d}"
        if department != "97"
        else f"{rng.randrange(101, 660):03d}"
    )
    body = f"{rng.choice('12')}{birth:%y%m}{department}{commune}{rng.randrange(1, 999):03d}"
    return f"{body}{nir_key(body):02d}"


def _members(rng: random.Random, amc: str, count: int, today: date) -> Iterator[Person]:
    bands = [band[2] for band in _AGES]
    for number in range(count):
        low, high, _ = rng.choices(_AGES, bands)[0]
        birth = _birth_day(rng, today, low, high)
        department = rng.choices(list(_DEPARTMENTS), list(_DEPARTMENTS.values()))[0]
        text = f"{birth:%Y%m%d}"
        if rng.random() < _LUNAR:
            text = f"{birth:%Y}{rng.choice(('13', '20', '99'))}{birth:%d}"
        card = "" if rng.random() < _TYPED_ONLY else to_code(UUID(int=rng.getrandbits(128)))
        closed = rng.random() < 0.04
        # The year before and this one, or the two before for a contract that has ended.
        first = today.year - 2 if closed else today.year - 1
        cover = {"from": f"{first}-01-01", "to": f"{first + 1}-12-31"}
        reference, member = f"P{number:07d}", f"{number // 2 + 10_000_000}"
        nir = _nir(rng, birth, department)
        row = {
            "amc": amc,
            "person": reference,
            "contract": f"C{number // 2:07d}",
            "member": member,
            "nir": nir,
            "birth": text,
            "rank": 1,
            "family_name": _name(rng),
            "given_name": _name(rng),
            "contact": {"email": "", "phone": ""},
            "card": card,
            "covers": [{**cover, "plan": PLAN}],
        }
        yield Person(
            amc=amc,
            reference=reference,
            member=member,
            nir=nir,
            birth=text,
            rank=1,
            card=card,
            department=department,
            covered=not closed,
            record=msgspec.json.encode(row),
            age=full_years(birth, today),
        )
