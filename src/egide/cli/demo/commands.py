"""``egide demo``: a synthetic France, one working day over HTTP, its payment, and attackers."""

import asyncio
import os
import statistics
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import click
import msgspec
from rich.console import Console
from rich.table import Table

from egide import db
from egide.accesslog.victims import Exposure, exposures
from egide.checks import Finding, check_laws
from egide.cli.context import clear_data, keyring, now, open_pool, run
from egide.cli.demo.installation import HOST, egide, free_port, serve, take_in
from egide.cli.demo.sandbox import bring_about, take_in_sandbox, write_sandbox
from egide.cli.serving.stop import stop_server
from egide.core.identifiers import AmcNumber
from egide.core.ids import EstablishmentId
from egide.core.money import Money
from egide.core.period import civil_day
from egide.doubles.software import Software
from egide.doubles.wire import Wire
from egide.drills import (
    DayPlan,
    DayReport,
    Disclosed,
    France,
    Person,
    Shop,
    guess_nirs,
    harvest,
    make_france,
    play_day,
    reuse_token,
)
from egide.drills.sandbox import Sandbox, make_sandbox
from egide.vault import Addresses

_console = Console(width=110)
_MARK = "egide-demo"
_DEBTOR = (
    "--debtor-name",
    "Égide démonstration",
    "--debtor-iban",
    "FR7630006000011234567890189",
)


@click.command()
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("var/demo"),
    show_default=True,
)
@click.option(
    "--port",
    default=8080,
    show_default=True,
    help="Port du serveur ; un autre est pris s'il est occupé.",
)
@click.option(
    "--seed", default=2026, show_default=True, help="La même graine donne le même pays."
)
@click.option("--persons", default=50_000, show_default=True)
@click.option("--visits", default=4_000, show_default=True, help="Passages au comptoir.")
@click.option("--stop", "stop_after", is_flag=True, help="Arrêter le serveur à la fin.")
def demo(data: Path, port: int, seed: int, persons: int, visits: int, stop_after: bool) -> None:
    """Jouer une journée de tiers payant de bout en bout, puis des attaques."""
    data = data.absolute()
    if data.exists() and any(data.iterdir()):
        if not (data / _MARK).exists():
            _console.print(
                f"[red]{data} n'est pas un dossier de démonstration[/red] : en choisir un autre par --data."
            )
            raise SystemExit(1)
        _console.print(f"La démonstration précédente de {data} est arrêtée et effacée.")
        stop_server(data)
        clear_data(data)
    data.mkdir(parents=True, exist_ok=True)
    (data / _MARK).touch()
    started = time.monotonic()
    _console.rule("Égide : une journée de tiers payant")
    store = run(db.open_store(db.settings(data)))
    try:
        _console.print(
            f"Une France de synthèse (graine {seed}) : {persons} personnes, 300 établissements, 7 professions."
        )
        france = make_france(seed, today=civil_day(now()), persons=persons)
        take_in(data, france)
        bench = make_sandbox()
        take_in_sandbox(data, bench)
        scene = _Scene(
            bench=bench,
            data=data,
            port=free_port(port),
            france=france,
            seed=seed,
            visits=visits,
        )
        serve(data, scene.port)
        try:
            who = run(scene.play())
        except BaseException:
            stop_server(data)
            raise
        _console.print(f"\nDurée : {time.monotonic() - started:.0f} s.")
        if stop_after:
            stop_server(data)
            return
        _tell_ways(scene, data, who)
    finally:
        store.close()


def _tell_ways(scene: "_Scene", data: Path, who: Person | None) -> None:
    """Say what may be tried next, by whom and how."""
    _console.print(f"Le serveur reste ouvert : [bold]{scene.origin}/[/bold]")
    _console.print(f"Bordereaux et fichier de virements : {data / 'payments'}")
    _console.print(
        f"Y brancher un logiciel : docs/howto/connect-your-software.md, {scene.leave_keys()}"
    )
    _console.print(
        f"L'essayer cas par cas : docs/howto/test-your-software.md, {data / 'files/sandbox.json'}"
    )
    place = os.path.relpath(data)
    _console.print(
        "Le portail (les clés d'accès veulent « localhost ») : "
        f"./egide stop --data {place} && ./egide serve --data {place} --origin http://localhost:8080, "
        "puis http://localhost:8080/portal",
        soft_wrap=True,
    )
    if who is not None:
        _console.print(
            f"Y entrer comme la personne {who.reference}, qui a une facture : "
            f"echo {who.reference} | ./egide people codes --data {place} --amc {who.amc} --out codes.csv -",
            soft_wrap=True,
        )
    _console.print(f"L'arrêter : ./egide stop --data {place}")


@dataclass(slots=True, kw_only=True)
class _Scene:
    bench: Sandbox
    data: Path
    port: int
    france: France
    seed: int
    visits: int

    @property
    def origin(self) -> str:
        return f"http://{HOST}:{self.port}"

    def leave_keys(self) -> Path:
        """Write what a vendor of software needs to try: an establishment, a product, a person's card."""
        shop = next(shop for shop in self.france.shops if shop.profession == "doctor")
        covered = [one for one in self.france.persons if one.card and one.covered]
        person = covered[0]
        each = {one.profession: one for one in reversed(self.france.shops)}
        folder = self.data / "files"
        said = {
            "origin": self.origin,
            "establishment": shop.establishment_id,
            "software": shop.software_id,
            "profession": shop.profession,
            "establishments": {
                name: one.establishment_id for name, one in sorted(each.items())
            },
            "cards": [one.card for one in covered[:10]],
        }
        (folder / "try.json").write_bytes(msgspec.json.format(msgspec.json.encode(said)))
        who = {"who": {"card": person.card}}
        (folder / "try-rights.json").write_bytes(msgspec.json.encode(who))
        write_sandbox(folder, self.bench, self.origin)
        return folder / "try.json"

    async def play(self) -> Person | None:
        """Play the day, pay it, attack, check, and say what was seen; return somebody who has an invoice."""
        plan = DayPlan(
            host=HOST,
            port=self.port,
            origin=self.origin,
            seed=self.seed,
            visits=self.visits,
            at_once=32,
            typed=0.08,
            clock=now,
        )
        began = time.monotonic()
        report = await play_day(self.france, plan)
        _show_day(report, time.monotonic() - began)
        await asyncio.to_thread(egide, "pay", *_DEBTOR, data=self.data)
        await bring_about(self.bench, self.origin, self.port, now)
        attacks = await self._attack()
        await self._show_laws()
        _show_attacks(attacks)
        if report.errors:
            _console.print(
                f"[red]{len(report.errors)} erreurs du serveur[/red] : {report.errors[:3]}"
            )
            raise SystemExit(1)
        return report.served

    async def _attack(self) -> list[tuple[Disclosed, int, bool]]:
        pharmacies = [shop for shop in self.france.shops if shop.profession == "pharmacy"]
        wire = Wire(HOST, self.port)
        results: list[tuple[Disclosed, int, bool]] = []
        counter = pharmacies[0]
        honest = Software(
            origin=self.origin,
            establishment_id=counter.establishment_id,
            key=counter.key,
            jwk=counter.jwk,
        )
        await honest.ready(wire, now())
        since = now()
        disclosed = await reuse_token(wire, honest, self.france.persons[:20], now)
        results.append(await self._compare(disclosed, counter, since))
        since = now()
        disclosed = await harvest(
            wire, pharmacies[1], self.origin, self.france.persons[1000:1500], now
        )
        results.append(await self._compare(disclosed, pharmacies[1], since))
        since = now()
        disclosed = await guess_nirs(
            wire, pharmacies[2], self.origin, tries=500, seed=self.seed, clock=now
        )
        results.append(await self._compare(disclosed, pharmacies[2], since))
        wire.close()
        return results

    async def _compare(
        self, disclosed: Disclosed, shop: Shop, since: datetime
    ) -> tuple[Disclosed, int, bool]:
        """Return the victims that the access log names, and whether they are the disclosed, exactly."""
        settings = db.settings(self.data)
        async with (
            open_pool(settings, "owner", creates=True) as pool,
            db.transaction(pool) as tx,
        ):
            found = await exposures(
                tx,
                EstablishmentId(shop.establishment_id),
                since=since,
                until=now() + timedelta(seconds=1),
            )
        return (
            disclosed,
            len(_persons(found)),
            _persons(found) == self._pseudonyms(disclosed.learned),
        )

    def _pseudonyms(self, persons: list[Person]) -> set[str]:
        addresses = Addresses(keyring(db.settings(self.data)))
        return {
            str(addresses.person(AmcNumber.parse(one.amc), one.reference)) for one in persons
        }

    async def _show_laws(self) -> None:
        async with (
            open_pool(db.settings(self.data), "owner", creates=True) as pool,
            db.transaction(pool) as tx,
        ):
            findings: list[Finding] = await check_laws(tx)
        broken = [finding for finding in findings if finding.broken_by]
        _console.print(
            f"\nLois vérifiées : {len(findings)}, dont {len(broken)} non tenues (./egide check)."
        )
        for finding in broken:
            _console.print(f"[red]NON[/red] {finding.law} : {finding.broken_by}")
        if broken:
            raise SystemExit(1)


def _persons(found: list[Exposure]) -> set[str]:
    return {str(one.person_id) for one in found}


def _show_day(report: DayReport, seconds: float) -> None:
    latencies = sorted(report.latencies)

    def cut(share: float) -> str:
        return f"{latencies[int(len(latencies) * share)] * 1000:.0f} ms"

    table = Table(title="La journée, vue des comptoirs", show_header=False)
    table.add_row(
        "questions de droits",
        f"{report.questions}",
        f"{report.shown} droits affichés, {report.not_shown} non affichés",
    )
    table.add_row(
        "factures",
        f"{report.claims}",
        f"{report.accepted} acceptées, {report.rejected} rejetées, {report.refused} refusées, "
        f"{report.replayed} renvois reconnus",
    )
    table.add_row(
        "prises en charge",
        f"{report.preauths}",
        f"{report.granted} accordées dans l'appel, {report.pended} en attente de l'assureur, "
        f"{report.withdrawn} annulées par l'établissement",
    )
    table.add_row(
        "corrections", f"{report.corrected}", f"{report.cancelled} factures annulées sans suite"
    )
    table.add_row(
        "rythme",
        f"{len(latencies) / seconds:.0f} appels/s",
        f"logiciels et serveur sur les mêmes cœurs, {seconds:.0f} s",
    )
    table.add_row(
        "délai d'une réponse",
        cut(0.5),
        f"95 % en {cut(0.95)}, 99 % en {cut(0.99)}, moyenne {statistics.fmean(latencies) * 1000:.0f} ms",
    )
    table.add_row("dépense facturée", str(Money(report.expense_cents)), "")
    table.add_row(
        "dû aux professionnels",
        str(Money(report.amc_cents)),
        "appelé aux assureurs pour le même montant",
    )
    table.add_row("reste aux patients", str(Money(report.patient_cents)), "")
    _console.print(table)


def _show_attacks(attacks: list[tuple[Disclosed, int, bool]]) -> None:
    table = Table(
        "attaquant",
        "essais",
        "personnes apprises",
        "arrêté par",
        "victimes selon le journal",
        title="Les attaques",
    )
    for disclosed, victims, same in attacks:
        answers = ", ".join(
            f"{count} {kind}" for kind, count in sorted(disclosed.answers.items())
        )
        verdict = (
            f"{victims}, exactement le butin"
            if same
            else f"[red]{victims}, autre que le butin[/red]"
        )
        table.add_row(
            disclosed.name, str(disclosed.tried), str(disclosed.hits), answers, verdict
        )
    _console.print(table)
    if not all(same for _, _, same in attacks):
        raise SystemExit(1)
