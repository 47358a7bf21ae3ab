"""Where an establishment is written to and called."""

import re
from dataclasses import dataclass, field
from typing import Final, Self
from uuid import UUID

from egide.core.refusal import Refusal, RefusalCode

_MAIL: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@([A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")
_PHONE: Final = re.compile(r"\+[1-9][0-9]{7,14}")
_FRENCH_DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Contact:
    """A mail address and a telephone number (E.164), or none."""

    mail: str = field(repr=False)
    phone: str = field(repr=False, default="")

    @classmethod
    def parse(cls, mail: str, phone: str) -> Self:
        """Check an address and a number; Refusal ``value-invalid`` names which."""
        digits = re.sub(r"[ .()-]", "", phone)
        if digits.startswith("0") and len(digits) == _FRENCH_DIGITS:
            digits = "+33" + digits[1:]
        if not _MAIL.fullmatch(mail.strip()):
            raise Refusal(RefusalCode.VALUE_INVALID, where="mail", hint="nom@domaine.fr")
        if digits and not _PHONE.fullmatch(digits):
            raise Refusal(RefusalCode.VALUE_INVALID, where="phone", hint="+33 6 12 34 56 78")
        return cls(mail.strip().lower(), digits)

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what ``text`` wrote."""
        mail, _, phone = text.partition(" ")
        return cls(mail, phone)

    @staticmethod
    def owner(establishment_id: UUID) -> bytes:
        """Return what an establishment's contact is sealed for: nothing else sealed opens as a contact."""
        return b"contact\0" + establishment_id.bytes

    @property
    def text(self) -> str:
        """Return both, as they are kept, and compared when they are typed twice."""
        return f"{self.mail} {self.phone}"

    @property
    def shown(self) -> str:
        """Return what its owner knows it by: first and last characters of an address, two last of a number."""
        name, _, domain = self.mail.partition("@")
        said = f"{name[0]}…@…{domain.rpartition('.')[2]}"
        return f"{said}, …{self.phone[-2:]}" if self.phone else said
