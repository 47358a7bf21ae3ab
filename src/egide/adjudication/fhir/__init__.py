"""FHIR R4 Claim in: an invoice, a demand of prise en charge, a quote; or the cancelling of one."""

from egide.adjudication.fhir.heading import Heading, heading
from egide.adjudication.fhir.lines import PLANNED_DAYS, billed_lines
from egide.adjudication.fhir.shapes import (
    BASE,
    OURS,
    PERFORMER,
    ROOT,
    SITUATION,
    STAY,
    Claim,
    Extension,
    Item,
    Related,
    decoder,
)

__all__ = [
    "BASE",
    "OURS",
    "PERFORMER",
    "PLANNED_DAYS",
    "ROOT",
    "SITUATION",
    "STAY",
    "Claim",
    "Extension",
    "Heading",
    "Item",
    "Related",
    "billed_lines",
    "decoder",
    "heading",
]
