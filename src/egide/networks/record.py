"""One line of a network's file: the network, an insurer of it, an establishment that adheres, a price agreed."""

from datetime import date
from uuid import UUID

import msgspec


class NetworkRecord(
    msgspec.Struct, tag="network", tag_field="kind", forbid_unknown_fields=True
):
    """The network, first: a file says it whole, and a later version replaces it."""

    code: str
    name: str
    version: int


class InsurerRecord(
    msgspec.Struct,
    tag="insurer",
    tag_field="kind",
    forbid_unknown_fields=True,
    rename={"since": "from", "until": "to"},
):
    """An insurer whose persons the network serves, from a day to another, both within."""

    amc: str
    since: date
    until: date | None = None


class MemberRecord(
    msgspec.Struct,
    tag="member",
    tag_field="kind",
    forbid_unknown_fields=True,
    rename={"since": "from", "until": "to"},
):
    """An establishment that adheres, from a day to another, both within."""

    establishment: UUID
    since: date
    until: date | None = None


class PriceRecord(
    msgspec.Struct,
    tag="price",
    tag_field="kind",
    forbid_unknown_fields=True,
    rename={"since": "from"},
):
    """The most that a member bills for an act, by unit, in cents, from a day on."""

    act: str
    cents: int
    since: date


Record = NetworkRecord | InsurerRecord | MemberRecord | PriceRecord
read_record = msgspec.json.Decoder(Record).decode
