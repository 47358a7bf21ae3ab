"""Vendors of software: their builds, the instances they vouch for, and all that their key does not open."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
from click.testing import CliRunner

from conftest import Place, Running, now, run
from egide import db
from egide.access import RequestedKey, Role, enrol_requested, requested_key
from egide.accounts import Invitation, invite
from egide.client import (
    Client,
    FileKey,
    RefusedError,
    attestation,
    build_declaration,
    by_card,
    enrolment_request,
)
from egide.client.commands import client as commands
from egide.core.ids import uuid7
from egide.core.refusal import Refusal
from egide.directory import take_in
from egide.vault import KeyRing, Sealer


@dataclass(frozen=True, slots=True)
class Vendor:
    """A vendor whose key is registered, and an administrator at an establishment that uses its software."""

    running: Running
    key: FileKey
    folder: Path
    establishment: UUID
    account: UUID

    def declare(self, version: str, key: FileKey | None = None) -> httpx2.Response:
        said = build_declaration(
            key or self.key,
            origin=self.running.origin,
            product="Atelier",
            version=version,
            now=now(),
        )
        return httpx2.post(f"{self.running.origin}/software", content=said)

    def build(self, version: str) -> UUID:
        return UUID(self.declare(version).json()["software"])

    def vouch(
        self, key: FileKey, build: UUID, *, days: int = 30, by: FileKey | None = None
    ) -> str:
        ends = now() + timedelta(days=days)
        return attestation(by or self.key, software=build, instance=key.jwk, ends=ends)

    def request(self, key: FileKey, attested: str = "") -> RequestedKey:
        origin = self.running.origin
        text = enrolment_request(
            key,
            origin=origin,
            establishment=self.establishment,
            now=now(),
            attestation=attested,
        )
        return requested_key(
            text, origin=origin, establishment_id=self.establishment, now=now()
        )

    def enrol(self, asked: RequestedKey, build: UUID, *, by_account: bool = True) -> None:
        async def work() -> None:
            role: db.Role = "portal" if by_account else "owner"
            async with self.running.place.store.pool(role) as pool, db.transaction(pool) as tx:
                by = (self.account if by_account else None, now())
                await enrol_requested(tx, asked, build, by)

        run(work())


async def _administrator(place: Place, establishment: UUID) -> UUID:
    wanted = Invitation(
        role=Role.ADMINISTRATOR, label="Gérante", establishment_id=establishment
    )
    sealer = Sealer(KeyRing.open(place.keys))
    async with place.store.pool("owner") as pool, db.transaction(pool) as tx:
        return (await invite(tx, wanted, sealer=sealer, now=now())).account_id


@pytest.fixture(scope="module")
def vendor(server: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vendor]:
    place, folder = server.place, tmp_path_factory.mktemp("vendor")
    key = FileKey.create(folder / "vendor.pem")
    line = json.dumps({"kind": "vendor", "vendor": "Zénith SA", "jwk": dict(key.jwk)}).encode()
    sealer = Sealer(KeyRing.open(place.keys))

    async def register() -> None:
        async with place.store.pool("owner") as pool:
            report = await take_in(pool, [line], sealer=sealer, now=now())
            assert report.taken == 1

    run(register())
    establishment = place.france.shops[11].establishment_id
    yield Vendor(server, key, folder, establishment, run(_administrator(place, establishment)))


def _fresh(vendor: Vendor) -> FileKey:
    return FileKey.create(vendor.folder / f"{uuid7(now())}.pem")


class TestBuilds:
    def test_a_maker_declares_a_build_once(self, vendor: Vendor) -> None:
        assert vendor.build("1.0") == vendor.build("1.0") != vendor.build("1.1")

    def test_nobody_else_does(self, vendor: Vendor) -> None:
        answer = vendor.declare("6.6", _fresh(vendor))
        assert answer.status_code == 403
        assert (
            answer.json()["issue"][0]["details"]["coding"][0]["code"] == "attestation-invalid"
        )

    def test_nor_does_a_declaration_for_another_server_or_of_another_day(
        self, vendor: Vendor
    ) -> None:
        for origin, at in (
            ("https://other.test", now()),
            (vendor.running.origin, now() - timedelta(days=2)),
            (vendor.running.origin, now() + timedelta(minutes=5)),
        ):
            said = build_declaration(
                vendor.key, origin=origin, product="Atelier", version="6.7", now=at
            )
            url = f"{vendor.running.origin}/software"
            assert httpx2.post(url, content=said).status_code == 403

    @pytest.mark.parametrize("sent", [b"", b"a.b.c", "é".encode(), b"e30.e30.e30"])
    def test_what_is_no_declaration_is_refused(self, vendor: Vendor, sent: bytes) -> None:
        assert httpx2.post(f"{vendor.running.origin}/software", content=sent).status_code == 403


class TestInstances:
    def test_one_that_is_vouched_for_is_enrolled_and_asks(self, vendor: Vendor) -> None:
        key, build = _fresh(vendor), vendor.build("2.0")
        vendor.enrol(vendor.request(key, vendor.vouch(key, build)), build)
        person = next(one for one in vendor.running.place.france.persons if one.card)
        with Client(vendor.running.origin, vendor.establishment, key) as opened:
            assert "preAuthRef" in opened.ask_rights(by_card(person.card), now().date())

    def test_one_that_is_not_is_refused(self, vendor: Vendor) -> None:
        with pytest.raises(Refusal) as refused:
            vendor.enrol(vendor.request(_fresh(vendor)), vendor.build("2.0"))
        assert refused.value.code == "attestation-needed"

    def test_the_database_holds_it_too(self, vendor: Vendor) -> None:
        key, build = _fresh(vendor), vendor.build("2.0")
        text = """insert into caller_key (thumbprint, establishment_id, software_id, jwk, enrolled_by, enrolled_at)
                  values ('x', $1, $2, $3, $4, now())"""

        async def work() -> None:
            async with (
                vendor.running.place.store.pool("portal") as pool,
                db.transaction(pool) as tx,
            ):
                await db.run(
                    tx, text, vendor.establishment, build, dict(key.jwk), vendor.account
                )

        with pytest.raises(db.DatabaseError, match="vouches"):
            run(work())

    def test_the_operator_may_do_without(self, vendor: Vendor) -> None:
        vendor.enrol(vendor.request(_fresh(vendor)), vendor.build("2.0"), by_account=False)

    @pytest.mark.parametrize(
        "wrong", ["another key", "another build", "ended", "another vendor", "cut"]
    )
    def test_a_wrong_attestation_is_refused(self, vendor: Vendor, wrong: str) -> None:
        key, build = _fresh(vendor), vendor.build("2.0")
        said = {
            "another key": lambda: vendor.vouch(_fresh(vendor), build),
            "another build": lambda: vendor.vouch(key, vendor.build("2.1")),
            "ended": lambda: vendor.vouch(key, build, days=-1),
            "another vendor": lambda: vendor.vouch(key, build, by=_fresh(vendor)),
            "cut": lambda: vendor.vouch(key, build)[:-9],
        }[wrong]()
        with pytest.raises(Refusal) as refused:
            vendor.enrol(vendor.request(key, said), build)
        assert refused.value.code == "attestation-invalid"

    def test_after_an_upgrade_the_log_names_the_new_build(self, vendor: Vendor) -> None:
        key, old, new = _fresh(vendor), vendor.build("3.0"), vendor.build("3.1")
        vendor.enrol(vendor.request(key, vendor.vouch(key, old)), old)
        person = next(one for one in vendor.running.place.france.persons[70:] if one.card)
        with Client(vendor.running.origin, vendor.establishment, key) as opened:
            opened.attestation = vendor.vouch(key, new)
            opened.ask_rights(by_card(person.card), now().date())

        async def builds() -> list[UUID]:
            async with (
                vendor.running.place.store.pool("owner") as pool,
                db.transaction(pool) as tx,
            ):
                rows = await db.many(
                    tx,
                    "select software_id from gate.entry where establishment_id = $1 order by at desc limit 1",
                    vendor.establishment,
                )
                return [row["software_id"] for row in rows]

        assert run(builds()) == [new]

    def test_no_token_under_the_build_of_another_vendor(self, vendor: Vendor) -> None:
        person = next(one for one in vendor.running.place.france.persons if one.card)
        software = vendor.running.software(12)
        key = FileKey(software.key)
        with Client(vendor.running.origin, software.establishment_id, key) as opened:
            opened.attestation = vendor.vouch(key, vendor.build("3.1"))
            with pytest.raises(RefusedError) as refused:
                opened.ask_rights(by_card(person.card), now().date())
        assert refused.value.code == "attestation-invalid"


class TestMakersKey:
    def test_alone_it_opens_nothing(self, vendor: Vendor) -> None:
        with (
            Client(vendor.running.origin, vendor.establishment, vendor.key) as opened,
            pytest.raises(RefusedError) as refused,
        ):
            opened.ask_rights(by_card("0" * 26), now().date())
        assert refused.value.code == "caller-unknown"

    def test_once_revoked_it_vouches_for_nothing(self, vendor: Vendor) -> None:
        other = _fresh(vendor)
        line = json.dumps(
            {"kind": "vendor", "vendor": "Zénon SA", "jwk": dict(other.jwk)}
        ).encode()
        place = vendor.running.place

        async def register_then_revoke() -> None:
            async with place.store.pool("owner") as pool:
                await take_in(pool, [line], sealer=Sealer(KeyRing.open(place.keys)), now=now())
                assert vendor.declare("9", other).status_code == 200
                async with db.transaction(pool) as tx:
                    await db.run(
                        tx, "update vendor_key set revoked_at = now() where vendor = 'Zénon SA'"
                    )

        run(register_then_revoke())
        assert vendor.declare("9", other).status_code == 403


def test_the_commands_of_the_tutorial(vendor: Vendor) -> None:
    def said(*words: str) -> str:
        done = CliRunner().invoke(commands, list(words))
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output.strip()

    instance, theirs = vendor.folder / "instance.pem", str(vendor.folder / "vendor.pem")
    said("key", str(instance))
    words = ["--product", "Atelier", "--version", "7"]
    build = said("declare", "--key", theirs, "--origin", vendor.running.origin, *words)
    jwk = vendor.folder / "instance.jwk"
    jwk.write_text(said("public", "--key", str(instance)))
    file = vendor.folder / "attestation"
    file.write_text(said("attest", "--key", theirs, "--software", build, str(jwk)))
    where = ["--origin", vendor.running.origin, "--establishment", str(vendor.establishment)]
    text = said("request", "--key", str(instance), *where, "--attestation", str(file))
    asked = requested_key(
        text, origin=vendor.running.origin, establishment_id=vendor.establishment, now=now()
    )
    vendor.enrol(asked, UUID(build))
    refused = CliRunner().invoke(
        commands, ["declare", "--key", str(instance), "--origin", vendor.running.origin, *words]
    )
    assert refused.exit_code == 1
    assert "attestation-invalid" in refused.output
