"""The counter: what professionals' software calls, under a login that writes no account, passkey or session."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from litestar import Litestar

from egide import access, db
from egide.access import Authenticator, Authority, Issuer, Nonces
from egide.adjudication import ReferenceData
from egide.claims import ClaimsDesk
from egide.edge.http import clock
from egide.edge.logs import write_json_logs
from egide.insurers import Insurers, Services, current_services
from egide.plans import Catalogue
from egide.rights import EngagementSigner, Gate, RightsDesk
from egide.vault import Addresses, Attester, KeyRing
from egide.web import errors
from egide.web.forward import Forwarder
from egide.web.revocations import heed_revocations
from egide.web.routes import COUNTER, ROUTES, Counter
from egide.web.serving import Serving, make_app
from egide.web.start import end_with_parent, patiently
from egide.web.surroundings import Surroundings

_TIDY_SECONDS = 5.0
_POOL_SIZE = 6


async def _open_counter(around: Surroundings, pool: db.Pool, ring: KeyRing) -> Counter:
    """Open what the endpoints share, under the counter's own role."""
    issuer = Issuer(ring.tokens, around.origin)
    catalogue, addresses = Catalogue(), Addresses(ring)
    insurers = Insurers(await _services(pool), ring.engagements, around.origin)
    desk = RightsDesk(
        pool=pool,
        gate=Gate(pool),
        addresses=addresses,
        catalogue=catalogue,
        signer=EngagementSigner(ring.engagements, around.origin),
        insurers={},
        services=insurers,
    )
    await desk.refresh()
    return Counter(
        origin=around.origin,
        data=around.settings.data,
        pool=pool,
        ring=ring,
        issuer=issuer,
        nonces=Nonces(ring.nonce_key),
        authority=Authority(ring.authority_key),
        authenticator=Authenticator(
            issuer,
            around.origin,
            trust_connections=around.trusts_connections,
            relayed_certificates=around.relays_certificates,
        ),
        rights=desk,
        insurers=insurers,
        claims=ClaimsDesk(
            pool=pool,
            addresses=addresses,
            reference=ReferenceData(
                catalogue=catalogue,
                insurers=dict(desk.insurers),
                services=insurers.services,
            ),
            attester=Attester(ring),
            insurers=insurers,
        ),
    )


async def _services(pool: db.Pool) -> Services:
    async with db.statement(pool) as tx:
        return await current_services(tx, clock())


async def _tidy_up(counter: Counter) -> None:
    """Every few seconds, read grids published since, and forget proofs too old to come back."""
    while True:
        await asyncio.sleep(_TIDY_SECONDS)
        try:
            async with db.statement(counter.pool) as tx:
                await access.forget_proofs(tx)
                await access.forget_assertions(tx, clock())
            await counter.rights.refresh()
            counter.claims.reference.insurers = dict(counter.rights.insurers)
            counter.insurers.services.by_insurer = (await _services(counter.pool)).by_insurer
        except db.FAULTS as error:
            errors.log_trouble("housekeeping", error)


async def _open_pool() -> db.Pool:
    return await db.open_pool(await db.own_login("app"), size=_POOL_SIZE)


@asynccontextmanager
async def _opened() -> AsyncGenerator[Serving]:
    around = Surroundings.read()
    socket = os.environ.get("EGIDE_PORTAL_SOCKET")
    pool = await patiently(_open_pool)
    forwarder = (
        None
        if socket is None
        else Forwarder(socket, relays_certificates=around.relays_certificates)
    )
    try:
        counter = await patiently(lambda: _open_counter(around, pool, around.keyring()))
        tasks = [
            asyncio.create_task(_tidy_up(counter)),
            asyncio.create_task(heed_revocations(counter.authenticator, pool)),
        ]
        try:
            yield Serving(
                served=COUNTER,
                desks=counter,
                pool=pool,
                authenticator=counter.authenticator,
                forwarder=forwarder,
            )
        finally:
            for task in tasks:
                task.cancel()
            await counter.insurers.close()
    finally:
        if forwarder is not None:
            await forwarder.close()
        await pool.close()


def create_app() -> Litestar:
    """Make the application of one worker process, from the environment (see ``egide serve``)."""
    end_with_parent()
    write_json_logs()
    return make_app(dict.fromkeys(path for _, path in ROUTES), _opened)
