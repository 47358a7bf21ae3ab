"""When it happens anyway: whom an incident exposed, what is owed to whom and by when, and what is sent to each."""

from egide.breach.documents import write_documents
from egide.breach.dossier import (
    Dossier,
    close_incident,
    every_incident,
    exposures_of,
    one_incident,
    read_dossier,
)
from egide.breach.duties import OURSELVES, Act, Clock, State, clocks
from egide.breach.incident import note_act, open_incident, reckon_again, recount
from egide.breach.lists import case_code, seal_lists
from egide.breach.sql import Incident
from egide.breach.words import CONTAINED, access_in, merged, persons_of, seen_in, unseen_in

__all__ = [
    "CONTAINED",
    "OURSELVES",
    "Act",
    "Clock",
    "Dossier",
    "Incident",
    "State",
    "access_in",
    "case_code",
    "clocks",
    "close_incident",
    "every_incident",
    "exposures_of",
    "merged",
    "note_act",
    "one_incident",
    "open_incident",
    "persons_of",
    "read_dossier",
    "reckon_again",
    "recount",
    "seal_lists",
    "seen_in",
    "unseen_in",
    "write_documents",
]
