"""The drill: a synthetic year at the real gate, in the real database, with its thieves, in simulated time."""

from egide.drills.campaign.play import Campaign, Played, Taken, play
from egide.drills.campaign.report import Report, summarise, write_report
from egide.drills.campaign.street import Street, open_street, play_street

__all__ = [
    "Campaign",
    "Played",
    "Report",
    "Street",
    "Taken",
    "open_street",
    "play",
    "play_street",
    "summarise",
    "write_report",
]
