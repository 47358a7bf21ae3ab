"""``egide bench access``: what it costs to know who calls: a call's token and proof, a token, a login.

Floors, in the same run: for a call, the bare verification of the same ES256 signature; for a token, its three
statements by pgbench, one token a transaction.
"""

import statistics
import time
from collections import deque
from datetime import datetime
from pathlib import Path
from threading import Thread
from uuid import UUID

import click
import httpx2
import stage
import uvloop
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from joserfc import jws
from joserfc.jwk import ECKey

from egide import db
from egide.access import Authenticator, Caller, Issuer, Nonces, Role, Scope
from egide.access.jose import b64decode
from egide.accounts import Invitation, invite
from egide.client.messages import RIGHTS_PATH
from egide.core.ids import EstablishmentId
from egide.doubles.device import Browser, SecurityKey
from egide.doubles.software import Software
from egide.drills import France
from egide.vault import KeyRing, Sealer

_PROOFS = 3_000
_CONNECTIONS = 16
_THREADS = 4
_FLOOR = """\\set k random(1, {keys})
begin;
select establishment_id, software_id, jwk from caller_key
 where thumbprint = (select thumbprint from bench_key where i = :k) and revoked_at is null;
select gate.use_proof(gen_random_uuid());
insert into assertion_seen (assertion_hash, expires_at) values (gen_random_uuid(), now() + interval '1 minute');
commit;
"""


def _microseconds(work: list[float], count: int) -> float:
    return statistics.median(work) / count * 1e6


def measure_calls(settings: db.Settings, software: Software, moment: datetime) -> None:
    """Measure the verification of a call's token and proof, on one core."""
    origin = software.origin
    issuer = Issuer(KeyRing.open(settings.secrets / "keyring.json").tokens, origin)
    key = ECKey.import_key(dict(software.jwk))
    caller = Caller(
        establishment_id=EstablishmentId(software.establishment_id),
        software_id=UUID(int=1),
        thumbprint=key.thumbprint(),
        scopes=frozenset({Scope.RIGHTS_ASK}),
    )
    token = issuer.issue(caller, moment)
    proofs = [software.proof("POST", RIGHTS_PATH, moment, token=token) for _ in range(_PROOFS)]
    calls = [
        {b"authorization": f"DPoP {token}".encode(), b"dpop": proof.encode()}
        for proof in proofs
    ]
    authenticator = Authenticator(issuer, origin)
    public = software.key.public_key()
    bare: list[tuple[bytes, bytes]] = []
    for proof in proofs:
        signing, _, signature = proof.rpartition(".")
        raw = b64decode(signature.encode())
        halves = (int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        bare.append((encode_dss_signature(*halves), signing.encode()))
    algorithm = ec.ECDSA(hashes.SHA256())
    seconds: dict[str, list[float]] = {"call": [], "floor": [], "joserfc": []}
    for _ in range(5):
        started = time.process_time()
        for headers in calls:
            authenticator.admit(
                headers, method="POST", path=RIGHTS_PATH, scope=Scope.RIGHTS_ASK, now=moment
            )
        seconds["call"].append(time.process_time() - started)
        started = time.process_time()
        for signature, signing in bare:
            public.verify(signature, signing, algorithm)
        seconds["floor"].append(time.process_time() - started)
        started = time.process_time()
        for proof in proofs[: _PROOFS // 10]:
            jws.deserialize_compact(proof, key, algorithms=["ES256"])
        seconds["joserfc"].append(10 * (time.process_time() - started))
    call, floor, library = (_microseconds(seconds[one], _PROOFS) for one in seconds)
    print(
        f"token and proof of a call, one core: {call:.0f} us, {call / floor:.2f} of the bare signature"
        f" ({floor:.0f} us); the signature alone by joserfc {library:.0f} us"
    )


async def _keys_table(store: db.Store) -> int:
    async with store.pool("owner") as pool, db.transaction(pool) as tx:
        await db.run(
            tx,
            "create table bench_key as select row_number() over () as i, thumbprint from caller_key",
        )
        await db.run(tx, "create unique index on bench_key (i)")
        await db.run(tx, "grant select on bench_key to egide_app")
        row = await db.first(tx, "select count(*) as keys from bench_key")
        assert row is not None
        return int(row["keys"])


def measure_tokens(place: tuple[db.Store, Path, int], france: France, count: int) -> None:
    """Measure tokens over HTTP, beside their statements by pgbench."""
    store, data, port = place
    script = data / "floor.sql"
    script.write_text(_FLOOR.format(keys=uvloop.run(_keys_table(store))))
    rates: list[tuple[float, float, float]] = []
    nonces = Nonces(KeyRing.open(data / "secrets/keyring.json").nonce_key)
    for _ in range(3):
        floor = stage.pgbench(store.login("app"), script, _CONNECTIONS, 4)
        sites = stage.softwares(france, port)
        queues: list[deque[bytes]] = [deque() for _ in range(_CONNECTIONS)]
        for site in sites:
            site.nonce = nonces.current(stage.now())
        for number in range(count):
            request = sites[number % len(sites)].token_request(stage.now())
            queues[number % _CONNECTIONS].append(request)
        load = stage.run_load(port, queues, b'"access_token"')
        assert not load.wrong, load.wrong
        rates.append((load.rate, floor, load.at(0.99)))
    rate, floor, late = (statistics.median(column) for column in zip(*rates, strict=True))
    print(
        f"tokens over HTTP, {_CONNECTIONS} connections: {rate:.0f}/s, {rate / floor:.2f} of the floor ({floor:.0f}/s),"
        f" p99 {late:.0f} ms"
    )


async def _codes(store: db.Store, settings: db.Settings, france: France) -> list[str]:
    sealer = Sealer(KeyRing.open(settings.secrets / "keyring.json"))
    establishment = france.shops[0].establishment_id
    wanted = Invitation(role=Role.PROFESSIONAL, label="Banc", establishment_id=establishment)
    async with store.pool("owner") as pool, db.transaction(pool) as tx:
        made = [
            await invite(tx, wanted, sealer=sealer, now=stage.now()) for _ in range(_THREADS)
        ]
    return [one.code for one in made]


def measure_logins(
    place: tuple[db.Store, db.Settings], france: France, server: tuple[int, int], count: int
) -> None:
    """Measure logins by passkey over HTTP: a challenge, an answer, a session."""
    port, process = server
    origin = f"http://localhost:{port}"
    codes = uvloop.run(_codes(*place, france))
    before = stage.cpu_seconds(process)
    done: list[int] = []

    def person(code: str) -> None:
        with httpx2.Client(base_url=origin) as client:
            browser, key = Browser(origin, client), SecurityKey(origin)
            assert browser.enrol(key, code)[0] == 200
            for _ in range(count // _THREADS):
                done.append(browser.login(key)[0])

    started = time.perf_counter()
    threads = [Thread(target=person, args=(code,)) for code in codes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = time.perf_counter() - started
    assert set(done) == {200}, done
    cpu = (stage.cpu_seconds(process) - before) / len(done) * 1000
    print(
        f"logins by passkey, {_THREADS} browsers on the same cores: {len(done) / seconds:.0f}/s,"
        f" server CPU {cpu:.1f} ms a login"
    )


@click.command()
@click.option("--persons", default=2_000, show_default=True)
@click.option("--tokens", default=3_000, show_default=True)
@click.option("--logins", default=200, show_default=True)
def main(persons: int, tokens: int, logins: int) -> None:
    """Measure, and print each figure beside its floor."""
    with stage.workplace() as data:
        settings = db.settings(data)
        store = uvloop.run(db.open_store(settings))
        try:
            france = uvloop.run(stage.load_country(store, settings, persons))
            measure_calls(settings, stage.softwares(france, 8080)[0], stage.now())
            with stage.server(data, workers=2) as (port, _):
                measure_tokens((store, data, port), france, tokens)
            with stage.server(data, workers=2, origin_host="localhost") as server:
                measure_logins((store, settings), france, server, logins)
        finally:
            store.close()


if __name__ == "__main__":
    main()
