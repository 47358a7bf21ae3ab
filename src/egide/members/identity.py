"""What is sealed of a person: who it is and how to reach it; nothing that the gate keeps elsewhere."""

import msgspec

from egide.members.record import Contact, PersonRecord


class Identity(msgspec.Struct, frozen=True, array_like=True, tag=1):
    """A person's identity as its insurer said it; the tag is the version of this list of fields."""

    person: str
    contract: str
    member: str
    nir: str
    birth: str
    rank: int
    family_name: str
    given_name: str
    contact: Contact
    card: str


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Identity).decode


def identity_text(record: PersonRecord) -> bytes:
    """Return the text to seal of a record: half as long as its line."""
    return _encode(
        Identity(
            record.person,
            record.contract,
            record.member,
            record.nir,
            record.birth,
            record.rank,
            record.family_name,
            record.given_name,
            record.contact,
            record.card,
        )
    )


def read_identity(text: bytes) -> Identity:
    """Read a text that was unsealed."""
    return _decode(text)
