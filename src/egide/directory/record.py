"""One line of a directory file: an insurer, an establishment, a professional, a software or a key."""

from datetime import date
from typing import Any
from uuid import UUID

import msgspec


class InsurerRecord(msgspec.Struct, tag="insurer", tag_field="kind", frozen=True):
    """A complementary insurer."""

    id: UUID
    amc: str
    name: str


class TermsRecord(msgspec.Struct, tag="terms", tag_field="kind", frozen=True):
    """What an insurer's convention says of its prises en charge from a day on; never changed, but by a later day's.

    Args:
        above_cents: a demand that would cost it more waits for its desk; None: its grid decides.
    """

    insurer: UUID
    since: date
    valid_days: int
    tolerance_days: int
    answer_days: int
    piece_days: int
    above_cents: int | None = None


class FundingRecord(msgspec.Struct, tag="funding", tag_field="kind", frozen=True):
    """How far the operator pays for an insurer before it is paid, from a day on; never changed, but by a later day's.

    Args:
        credit_cents: 0: no further than its funds; None: without bound.
        two_above_cents: a call of more is accepted by two of its people; None: by one, whatever it is.
    """

    insurer: UUID
    since: date
    credit_cents: int | None
    two_above_cents: int | None = None


class MandateRecord(msgspec.Struct, tag="mandate", tag_field="kind", frozen=True):
    """The mandate that an insurer signed to be debited by: its reference (RUM), its scheme, the account.

    Args:
        registered: its bank has it; a B2B debit is refused before.
    """

    insurer: UUID
    mandate: str
    scheme: str
    signed_on: date
    name: str
    iban: str
    registered: bool = False


class EstablishmentRecord(msgspec.Struct, tag="establishment", tag_field="kind", frozen=True):
    """A paid entity; ``proved`` lifts a newcomer's budget of 2 unproved questions a day."""

    id: UUID
    finess: str
    siret: str
    profession: str
    name: str
    department: str
    iban: str
    proved: bool = False
    mail: str = ""
    phone: str = ""


class ProfessionalRecord(msgspec.Struct, tag="professional", tag_field="kind", frozen=True):
    """A professional of an establishment."""

    rpps: str
    establishment: UUID


class SoftwareRecord(msgspec.Struct, tag="software", tag_field="kind", frozen=True):
    """A build of a vendor's software."""

    id: UUID
    vendor: str
    product: str
    version: str


class VendorRecord(msgspec.Struct, tag="vendor", tag_field="kind", frozen=True):
    """The public key by which a vendor of software declares its builds and vouches for their instances."""

    vendor: str
    jwk: dict[str, Any]


class KeyRecord(msgspec.Struct, tag="key", tag_field="kind", frozen=True):
    """The public key of a software instance at an establishment."""

    establishment: UUID
    software: UUID
    jwk: dict[str, Any]


Record = (
    InsurerRecord
    | TermsRecord
    | FundingRecord
    | MandateRecord
    | EstablishmentRecord
    | ProfessionalRecord
    | VendorRecord
    | SoftwareRecord
    | KeyRecord
)
PROFESSIONS = (
    "pharmacy",
    "laboratory",
    "doctor",
    "dentist",
    "optician",
    "audiologist",
    "auxiliary",
    "midwife",
    "hospital",
    "transporter",
    "psychologist",
)
read_record = msgspec.json.Decoder(Record).decode
