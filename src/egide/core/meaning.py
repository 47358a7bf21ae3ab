"""What one refusal says: to the person at the counter, to the caller's software, to who must act."""

from dataclasses import dataclass

from egide.core.refusal import Actor


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a refusal code says to each reader."""

    status: int  # HTTP status of the answer
    issue: str  # FHIR OperationOutcome.issue.code
    french: str  # what happened, for the person at the counter
    remedy: str  # what the caller can do
    actor: Actor = Actor.PROVIDER


def no(
    status: int, issue: str, french: str, remedy: str, actor: Actor = Actor.PROVIDER
) -> Meaning:
    """Return a meaning, of the provider's to act on unless another is said."""
    return Meaning(status=status, issue=issue, french=french, remedy=remedy, actor=actor)
