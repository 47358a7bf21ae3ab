"""What of a claim its deciding process attests, and whoever pays it checks."""

from typing import Protocol
from uuid import UUID


class AttestedClaim(Protocol):
    """A claim as it is stored, or as it is about to be paid."""

    @property
    def establishment_id(self) -> UUID: ...
    @property
    def invoice(self) -> str: ...
    @property
    def claim_id(self) -> UUID: ...
    @property
    def insurer_id(self) -> UUID: ...
    @property
    def person_id(self) -> UUID: ...
    @property
    def entry_id(self) -> UUID: ...
    @property
    def amc_cents(self) -> int: ...


def attested_values(claim: AttestedClaim) -> tuple[object, ...]:
    """Return whose it is, of whom, by which entry of the access log, and for how much."""
    return (
        claim.establishment_id,
        claim.invoice,
        claim.claim_id,
        claim.insurer_id,
        claim.person_id,
        claim.entry_id,
        claim.amc_cents,
    )
