"""What the routes of an insured person's own space share."""

from dataclasses import dataclass, field

from egide import db
from egide.nomenclature import CurrentNomenclature


@dataclass(frozen=True, slots=True, kw_only=True)
class InsuredDesk:
    """The portal's pool, and the acts of this installation."""

    pool: db.Pool
    acts: CurrentNomenclature = field(default_factory=CurrentNomenclature)
