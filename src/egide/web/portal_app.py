"""The portal's process: what persons' browsers call, under a login that may not ask the gate anything."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from litestar import Litestar

from egide import accounts, db, enrolment, identity
from egide.access import Authenticator, Issuer
from egide.accounts import Accounts
from egide.edge.http import clock
from egide.edge.logs import write_json_logs
from egide.enrolment import Bank, BankSettings, EnrolmentDesk, NoBank
from egide.identity import (
    Insurers,
    Psc,
    PscSettings,
    RelyingParty,
    SignIn,
    Tickets,
    read_insurers,
)
from egide.insured import InsuredDesk
from egide.rights import OwnAccesses
from egide.vault import Addresses, KeyRing, Sealer
from egide.web import errors
from egide.web.revocations import heed_revocations
from egide.web.routes import PORTAL, PortalDesks
from egide.web.serving import Serving, make_app
from egide.web.start import patiently
from egide.web.surroundings import Surroundings

_POOL_SIZE = 4
_TIDY_SECONDS = 5.0
_DELAYS_SECONDS = 60.0


def _open_portal(pool: db.Pool, ring: KeyRing, origin: str) -> PortalDesks:
    """Return what the portal's endpoints share; who vouches for persons and accounts is in the environment."""
    file, bank = os.environ.get("EGIDE_PSC"), os.environ.get("EGIDE_BANK")
    spaces = os.environ.get("EGIDE_INSURERS")
    known = None if file is None else PscSettings.read(Path(file))
    party, sealer, addresses = RelyingParty(origin), Sealer(ring), Addresses(ring)
    return PortalDesks(
        pool=pool,
        accounts=Accounts(
            pool=pool,
            sealer=sealer,
            sign_in=SignIn(pool=pool, party=party, tickets=Tickets(ring.ticket_key)),
            addresses=addresses,
            insurers=Insurers(read_insurers(Path(spaces)) if spaces else (), origin),
            psc=None if known is None else Psc(known, origin),
        ),
        own_accesses=OwnAccesses(pool=pool, addresses=addresses),
        insured=InsuredDesk(pool=pool),
        enrolment=EnrolmentDesk(
            pool=pool,
            sealer=sealer,
            party=party,
            addresses=addresses,
            payee=NoBank() if bank is None else Bank(BankSettings.read(Path(bank))),
        ),
    )


async def _tidy_up(pool: db.Pool) -> None:
    """Every few seconds, forget what nobody came back to."""
    while True:
        await asyncio.sleep(_TIDY_SECONDS)
        try:
            async with db.statement(pool) as tx:
                await identity.forget_ceremonies(tx, clock())
                await identity.forget_left(tx, clock())
        except db.FAULTS as error:
            errors.log_trouble("housekeeping", error)


async def _mind_delays(pool: db.Pool) -> None:
    """Every minute, put in force what has waited 72 hours, and close the accounts unused for 180 days."""
    while True:
        try:
            async with db.transaction(pool) as tx:
                await enrolment.apply_changes(tx)
                await accounts.close_dormant(tx)
        except db.FAULTS as error:
            errors.log_trouble("delays", error)
        await asyncio.sleep(_DELAYS_SECONDS)


async def _open_pool() -> db.Pool:
    return await db.open_pool(await db.own_login("portal"), size=_POOL_SIZE)


@asynccontextmanager
async def _opened() -> AsyncGenerator[Serving]:
    around = Surroundings.read()
    pool = await patiently(_open_pool)
    try:
        ring = around.keyring()
        desks = _open_portal(pool, ring, around.origin)
        # The counter's process tells of the certificates that its connections showed.
        authenticator = Authenticator(
            Issuer(ring.tokens, around.origin), around.origin, relayed_certificates=True
        )
        tasks = [
            asyncio.create_task(_tidy_up(pool)),
            asyncio.create_task(_mind_delays(pool)),
            asyncio.create_task(heed_revocations(authenticator, pool)),
        ]
        try:
            yield Serving(
                served=PORTAL,
                desks=desks,
                pool=pool,
                authenticator=authenticator,
                sign_in=desks.accounts.sign_in,
            )
        finally:
            for task in tasks:
                task.cancel()
    finally:
        await pool.close()


def create_portal() -> Litestar:
    """Make the application of the portal's process, from the environment (see ``egide portal``)."""
    write_json_logs()
    return make_app(dict.fromkeys(path for _, path in PORTAL.routes), _opened)
