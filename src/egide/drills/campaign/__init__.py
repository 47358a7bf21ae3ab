"""The drill: a synthetic year at the real gate, in the real database, with its thieves, in simulated time."""

from egide.drills.campaign.play import Campaign, Played, play
from egide.drills.campaign.report import Report, summarise, write_report

__all__ = ["Campaign", "Played", "Report", "play", "summarise", "write_report"]
