"""Every way by which somebody may learn something about a person, named; a new one fails here until it is."""

from typing import Final

import pytest

from conftest import Place, run
from egide import db
from web.route_table import NAMED as ROUTES

# Answered by the gate itself: a budget, a segment, an entry of the log each time.
_GATE: Final = {
    ("POST", "/fhir/CoverageEligibilityRequest/$submit"),
    ("POST", "/fhir/Claim/$submit"),
    ("POST", "/batches"),
}
# What the gate answered to the same establishment before, again.
_AGAIN: Final = {
    ("GET", "/engagements/{number}"),
    ("GET", "/engagements/{number}/receipt"),
    ("GET", "/fhir/ClaimResponse/{claim}"),
    ("POST", "/fhir/Claim/$inquire"),
    ("POST", "/fhir/Communication"),
    ("POST", "/disputes"),
    ("GET", "/disputes"),
    ("GET", "/disputes/{dispute}"),
    ("POST", "/disputes/second-reading"),
    ("POST", "/disputes/withdraw"),
    ("GET", "/batches/{batch}"),
    ("GET", "/batches/{batch}/returns"),
}
# By ticket, counted and logged by the database (GATE, A11).
_SUPPORT: Final = {("POST", "/portal/tickets/view")}
# Of oneself, by an open session of one's own.
_ONESELF: Final = {
    ("POST", "/portal/accesses"),
    ("POST", "/portal/accesses/proof"),
    ("POST", "/portal/accesses/confirm"),
    ("POST", "/portal/accesses/object"),
    ("POST", "/portal/presence"),
    ("GET", "/portal/preauths/own"),
    ("POST", "/portal/preauths/contest"),
    ("GET", "/portal/cover"),
    ("POST", "/portal/estimate"),
    ("POST", "/portal/claims"),
    ("GET", "/portal/incidents"),
}
# Demands that wait for one's insurer: of its members, none by name or number.
_QUEUE: Final = {
    ("GET", "/portal/preauths"),
    ("POST", "/portal/preauths/answer"),
    ("GET", "/portal/disputes"),
    ("POST", "/portal/disputes/answer"),
}
# An insurer's own claims, by two persons.
_EXPORT: Final = {("POST", "/portal/exports/take")}
# Amounts of one's own transfers, by invoice number: no person.
_MONEY: Final = {
    ("GET", "/fhir/PaymentReconciliation/{transfer}"),
    ("GET", "/remittances/{transfer}"),
}
_NOBODY_BEGINS: Final = (
    "/portal/me", "/portal/reauthentication", "/portal/passkeys", "/portal/sessions", "/portal/recovery", "/portal/keys",
    "/portal/changes", "/portal/staff", "/portal/application", "/portal/statements", "/portal/exports/a",
    "/portal/tickets", "/portal/trail", "/portal/segments", "/portal/console", "/portal/incidents/told", "/standing", "/certificate", "/transfers",
)  # fmt: skip
# The functions that each login may call and that read what the gate guards.
_FUNCTIONS: Final = {
    "egide_app": {
        "gate.ask": "nothing: it charges and logs",
        "gate.intend": "nothing: it counts what will be asked, and reads nobody",
        "public.cancel_claim": "what a claim of a known number was; whoever pays undoes what is not ours",
        "gate.told": "what the gate answered a minute ago at most, committed",
        "gate.engagement": "what it answered to the same establishment, once its reading is logged",
        "gate.reread": "nothing: it logs, and counts whom",
        "gate.forget_proofs": "nothing",
        "gate.log_lag": "instants: since when the log waits, no person",
        "gate.standing": "counts of one's own establishment, no person",
    },
    "egide_portal": {
        "gate.reread": "nothing: it logs, and counts whom",
        "gate.engagement": "what it answered to the same establishment",
        "gate.leaf_of": "the proof of what it answered to the same establishment",
        "public.is_admitted": "whether an account is contained, no insured person",
        "public.own_leaf": "the proof of an answer on the person of a session",
        "public.accesses_of": "answers on the person of a session",
        "public.confirm_presence": "an unproved query on the person of a session",
        "public.own_preauths": "what was asked for the person of a session",
        "public.open_own_space": "nothing: it logs, and counts how many are open",
        "public.own_cover": "the covers of the person of a session, once that is logged",
        "public.own_uses": "what the person of a session has used, once that is logged",
        "public.own_claims": "the invoices for the person of a session, once that is logged",
        "public.insurer_incidents": "how many of an insurer's members an incident it was told of exposed",
        "public.operator_objections": "how many persons objected to an establishment: nobody",
        "public.call_shown": "how many persons an insurer's call is of, by establishment: nobody",
        "public.own_incidents": "whether an incident exposed the person of a session",
        "public.insurer_preauths": "demands on an insurer's members, no name or number",
        "public.contest_preauth": "whether a demand was for the person of a session",
        "public.object_access": "whether an establishment learned something of the person of a session",
        "public.support_view": "nothing: it counts and logs",
        "public.support_told": "one invoice of a ticket, masked, once it is logged",
        "public.trail": "support's entries, by ticket: no person",
        "public.activate_insured": "whom a code of sixty bits names: an account, no cover",
        "public.enrol_insured": "that an insurer has such a member, to the member its own space vouched for",
        "public.forget_activation": "nothing",
    },
}
_READERS: Final = """
select n.nspname || '.' || p.proname as name
  from pg_proc p
  join pg_namespace n on n.oid = p.pronamespace
 where n.nspname in ('gate', 'public') and p.prosecdef and has_function_privilege($1, p.oid, 'execute')
   and p.prosrc ~ '(gate\\.)?(cover|person|entry|activation|unproved_query)\\M' and p.prosrc ~ 'gate\\.'
"""


def test_every_route_that_tells_of_a_person_passes_the_gate_or_says_why() -> None:
    named = _GATE | _AGAIN | _SUPPORT | _ONESELF | _EXPORT | _MONEY | _QUEUE
    assert named <= set(ROUTES)
    for route, scope in ROUTES.items():
        if scope is None or route in named:
            continue  # open to all: it tells of nobody
        assert route[1].startswith(_NOBODY_BEGINS), f"{route}: what does it tell, and of whom?"


@pytest.mark.parametrize("login", list(_FUNCTIONS))
def test_every_function_that_reads_persons_is_named(place: Place, login: str) -> None:
    async def work() -> set[str]:
        async with place.store.pool("owner") as pool, db.statement(pool) as tx:
            return {row["name"] for row in await db.many(tx, _READERS, login)}

    found = run(work())
    assert found <= set(_FUNCTIONS[login]), found - set(_FUNCTIONS[login])
    known = {"egide_app": {"gate.told"}, "egide_portal": {"public.accesses_of"}}
    assert known[login] <= found
