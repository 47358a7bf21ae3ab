"""The numbers of the law on a day, as pricing needs them; the dated tables are in ``nomenclature``."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from egide.pricing.act import Role
from egide.pricing.limits import Limit


class OpticsRange(NamedTuple):
    """Floor and ceiling of an equipment, in cents, AMO part and copayment included."""

    floor: int
    ceiling: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsibleContract:
    """Articles R871-1 and R871-2 on a day; an amount that is None is not bounded that day.

    Args:
        pathway: the article that keeps it from paying what leaving the care pathway costs.
        pathway_overrun: the one that keeps it from paying the overrun allowed there.
        optics: by category a to f.
        frame_cents: most that is paid for a frame.
        audio_cents: most that is paid for a class II hearing aid.
        overrun_bp: most that is paid of a non-OPTAM doctor's overrun, as a share of the base.
        gap_bp: by how much it must stay below the cover of OPTAM doctors, as a share of the base.
        full: what must be paid whole up to its price limit, with the article that says so.
        renewals: the periods of optics and hearing aids, where the grid says nothing.
        equipment_months: within which lenses and frame bought apart make one equipment.
    """

    source: str
    pathway: str
    pathway_overrun: str
    optics: Mapping[str, OpticsRange] = field(default_factory=dict[str, OpticsRange])
    frame_cents: int | None = None
    audio_cents: int | None = None
    overrun_bp: int | None = None
    gap_bp: int = 0
    full: Mapping[Role, str] = field(default_factory=dict[Role, str])
    renewals: Mapping[Role, tuple[Limit, ...]] = field(
        default_factory=dict[Role, tuple[Limit, ...]]
    )
    equipment_months: int = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What holds on a day.

    Args:
        pmss_cents: monthly ceiling of social security (PMSS) of the year.
        pathway_bp: what leaving the care pathway costs, as a share of the base.
        pathway_cents: most that it costs for one act.
        pathway_overrun_cents: the overrun that the agreement allows on an act outside it.
        pathway_from_age: below, there is no pathway to leave; nor in an exempt situation.
        heavy_cents: the participation that stands for the copayment of a heavy act.
        heavy_from_cents: tariff from which an act is heavy.
        deducted_year_cents: each flat deduction at most, by civil year.
    """

    contract: ResponsibleContract
    pmss_cents: int
    pathway_bp: int
    pathway_cents: int
    pathway_overrun_cents: int
    pathway_from_age: int
    pathway_exempt: frozenset[str]
    heavy_cents: int
    heavy_from_cents: int
    deducted_year_cents: int
