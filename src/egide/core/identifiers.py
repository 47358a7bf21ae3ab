"""The national numbers of establishments, professionals, insurers and accounts, once checked."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Self

from schwifty import IBAN
from schwifty.exceptions import SchwiftyException
from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.fr import siret

from egide.core.refusal import Refusal, RefusalCode

_FINESS = re.compile(r"(?:\d\d|2[AB])\d{7}")
_RPPS = re.compile(r"\d{11}")
_SIRET = re.compile(r"\d{14}")
_AMC = re.compile(r"[0-9A-Z]{8,10}")
_BIRTH = re.compile(r"(?:18|19|20)\d{6}")
_MEMBER = re.compile(r"[0-9A-Z][0-9A-Z./-]{0,23}")
_CORSICA = {"A": "1", "B": "2"}
TAIL_LENGTH: Final = 3  # the characters of an account number that are shown


def _compact(text: str) -> str:
    return text.replace(" ", "").upper()


@dataclass(frozen=True, slots=True)
class Finess:
    """A FINESS number whose Luhn key has been checked (Corsica: A counts 1, B counts 2).

    Source: DREES, FINESS repertory; the Corsican rule is deduced from public numbers.
    """

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 9 characters; Refusal ``finess-invalid``."""
        compact = _compact(text)
        if not (compact.isascii() and _FINESS.fullmatch(compact)):
            raise Refusal(RefusalCode.FINESS_INVALID)
        if not luhn.is_valid(compact[0] + _CORSICA.get(compact[1], compact[1]) + compact[2:]):
            raise Refusal(RefusalCode.FINESS_INVALID)
        return cls(compact)


@dataclass(frozen=True, slots=True)
class Rpps:
    """An RPPS number whose Luhn key has been checked."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 11 digits; Refusal ``rpps-invalid``."""
        compact = _compact(text)
        if not (compact.isascii() and _RPPS.fullmatch(compact) and luhn.is_valid(compact)):
            raise Refusal(RefusalCode.RPPS_INVALID)
        return cls(compact)


@dataclass(frozen=True, slots=True)
class Siret:
    """A SIRET whose key has been checked, La Poste's exception included."""

    text: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read 14 digits; Refusal ``siret-invalid``."""
        compact = _compact(text)
        if not (compact.isascii() and _SIRET.fullmatch(compact)):
            raise Refusal(RefusalCode.SIRET_INVALID)
        try:
            return cls(siret.validate(compact))
        except ValidationError:
            raise Refusal(RefusalCode.SIRET_INVALID) from None


@dataclass(frozen=True, slots=True)
class AmcNumber:
    """The number of a complementary insurer: opaque, 8 to 10 characters, no public check digit."""

    text: str

    @classmethod
    @lru_cache(maxsize=1000)
    def parse(cls, text: str) -> Self:
        """Read an AMC number; Refusal ``amc-invalid``. The few there are stay in memory."""
        compact = _compact(text)
        if not (compact.isascii() and _AMC.fullmatch(compact)):
            raise Refusal(RefusalCode.AMC_INVALID)
        return cls(compact)


@dataclass(frozen=True, slots=True)
class MemberNumber:
    """The member number printed on the card (numéro d'adhérent), given by the insurer."""

    text: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read up to 24 letters, digits, dots, slashes and dashes; Refusal ``value-invalid``."""
        compact = _compact(text)
        if not (compact.isascii() and _MEMBER.fullmatch(compact)):
            raise Refusal(RefusalCode.VALUE_INVALID)
        return cls(compact)


@dataclass(frozen=True, slots=True)
class BirthDate:
    """A birth date as the card prints it, ``YYYYMMDD``: text, since lunar dates exist."""

    text: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``YYYYMMDD`` or ``YYYY-MM-DD``; Refusal ``birth-date-invalid``."""
        compact = text.strip()
        if len(compact) == 10 and compact[4] == compact[7] == "-":
            compact = compact.replace("-", "")
        if not (compact.isascii() and _BIRTH.fullmatch(compact)):
            raise Refusal(RefusalCode.BIRTH_DATE_INVALID)
        return cls(compact)

    @property
    def year(self) -> int:
        """Return the year of birth, which a lunar date also has."""
        return int(self.text[:4])


@dataclass(frozen=True, slots=True)
class Iban:
    """An account number whose country form, key and French RIB key have been checked."""

    text: str = field(repr=False)
    bic: str = field(repr=False)  # empty where the national registry gives none

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an IBAN; Refusal ``iban-invalid``, also for an account that no SEPA transfer reaches."""
        try:
            iban = IBAN(text, validate_bban=True)
        except (SchwiftyException, ValueError):
            raise Refusal(RefusalCode.IBAN_INVALID) from None
        if not iban.in_sepa_zone:
            hint = "Ce compte est hors de l'espace SEPA : aucun virement SEPA n'y va."
            raise Refusal(RefusalCode.IBAN_INVALID, hint=hint)
        return cls(iban.compact, str(iban.bic) if iban.bic else "")

    def __str__(self) -> str:
        """Return the masked form, the only one that is ever shown."""
        return f"{self.text[:4]} **** {self.tail}"

    @property
    def tail(self) -> str:
        """Return the last characters, by which its owner knows it."""
        return self.text[-TAIL_LENGTH:]
