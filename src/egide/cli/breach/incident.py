"""``egide incident``: whom it exposed, what is owed and by when, and what is sent to each."""

import getpass
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypedDict, Unpack
from uuid import UUID

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from egide import breach, db
from egide.accesslog.victims import Exposure, insurers
from egide.breach import OURSELVES, Act, Clock, Dossier, Incident, State
from egide.cli.actors import actors_named
from egide.cli.context import (
    check_installed,
    data_option,
    json_option,
    keyring,
    now,
    open_pool,
    run,
    sealer,
    tell_json,
)
from egide.core.ids import from_code, to_code, uuid7
from egide.core.period import PARIS
from egide.core.refusal import Refusal, RefusalCode

_console = Console(soft_wrap=True, highlight=False)


class _Moment(click.ParamType[datetime]):
    """An instant: of Paris, or of UTC where a Z says so."""

    name = "instant"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return it in UTC."""
        if isinstance(value, datetime):
            return value
        text = str(value)
        try:
            found = datetime.fromisoformat(text)
            zone = found.tzinfo or PARIS
            return found.replace(tzinfo=zone).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(
                f"« {text} » : 2026-11-28, 2026-11-28T03:20 (Paris) ou …Z (UTC).", param, ctx
            )


_INSTANT: Final = _Moment()
_ACTOR: Final = click.option(
    "--actor",
    "actors",
    multiple=True,
    required=True,
    help="establishment:FINESS (ou UUID), key:…, software:UUID, vendor:…, account:UUID ; plusieurs fois s'il le faut.",
)
_BY: Final = click.option(
    "--by", "who", default="", help="Qui (défaut : l'utilisateur de la machine)."
)
_COLOURS: Final = {State.LATE: "red", State.DONE_LATE: "yellow", State.DONE: "green"}
_STATES: Final = {
    State.WAITS: "pas commencé",
    State.RUNS: "court",
    State.LATE: "EN RETARD",
    State.DONE: "fait",
    State.DONE_LATE: "fait en retard",
}


class _Window(TypedDict):
    actors: tuple[str, ...]
    since: datetime
    until: datetime


class _Opened(_Window):
    aware: datetime | None
    hypothesis: str
    who: str


@click.group()
def incident() -> None:
    """Un incident : qui a été vu, ce qui est dû à qui et quand, ce qui part à chacun."""


@incident.command(name="open")
@data_option
@_ACTOR
@click.option(
    "--from", "since", type=_INSTANT, required=True, help="Début de la fenêtre (Paris)."
)
@click.option("--to", "until", type=_INSTANT, required=True, help="Fin, exclue.")
@click.option(
    "--aware",
    type=_INSTANT,
    default=None,
    help="Depuis quand nous le savons (défaut : maintenant).",
)
@click.option(
    "--what", "hypothesis", required=True, help="Ce qui s'est passé, en mots simples."
)
@_BY
def open_(data: Path | None, **given: Unpack[_Opened]) -> None:
    """Ouvrir un incident ; ses victimes sont dans le journal, et ses horloges partent."""
    opened_at = now()
    found = Incident(
        incident_id=uuid7(opened_at),
        opened_at=opened_at,
        opened_by=given["who"] or getpass.getuser(),
        aware_at=given["aware"] or opened_at,
        hypothesis=_line(given["hypothesis"]),
        since=given["since"],
        until=given["until"],
        actors=[],
        closed_at=None,
        closed_by=None,
    )
    if found.aware_at > opened_at:
        raise Refusal(
            RefusalCode.VALUE_INVALID, where="--aware", hint="Cet instant est à venir."
        )
    if not found.hypothesis:
        raise Refusal(RefusalCode.VALUE_MISSING, where="--what")

    async def work() -> Dossier:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            actors = await actors_named(tx, given["actors"])
            named = replace(found, actors=[one.text for one in actors])
            await breach.open_incident(tx, named, actors)
            return await breach.read_dossier(tx, found.incident_id, now())

    _show(run(work()))


@incident.command(name="list")
@data_option
@json_option
def list_(data: Path | None, as_json: bool) -> None:
    """Lister les incidents."""

    async def work() -> list[Incident]:
        async with open_pool(db.settings(data), "owner") as pool, db.statement(pool) as tx:
            return await breach.every_incident(tx)

    found = run(work())
    if as_json:
        tell_json([{"number": to_code(one.incident_id), **asdict(one)} for one in found])
        return
    for one in found:
        state = "clos" if one.closed_at else "ouvert"
        _console.print(
            f"{to_code(one.incident_id)}  {one.opened_at:%Y-%m-%d %H:%M}  {state}  {escape(one.hypothesis[:60])}"
        )


@incident.command()
@data_option
@json_option
@click.argument("number")
def show(data: Path | None, number: str, as_json: bool) -> None:
    """Montrer un incident : victimes, horloges, ce qui est en retard."""

    async def work() -> Dossier:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            return await breach.read_dossier(tx, _number(number), now())

    found = run(work())
    if as_json:
        tell_json(found)
    else:
        _show(found)


@incident.command()
@data_option
@click.argument("number")
@_ACTOR
@click.option("--from", "since", type=_INSTANT, required=True)
@click.option("--to", "until", type=_INSTANT, required=True)
def recount(data: Path | None, number: str, **given: Unpack[_Window]) -> None:
    """Recompter, acteurs ou fenêtre corrigés ; dit qui s'ajoute et qui s'enlève."""

    async def work() -> Dossier:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            found = await breach.one_incident(tx, _number(number))
            actors = await actors_named(tx, given["actors"])
            names = [one.text for one in actors]
            changed = replace(found, since=given["since"], until=given["until"], actors=names)
            await breach.recount(tx, changed, actors, now())
            return await breach.read_dossier(tx, found.incident_id, now())

    _show(run(work()))


@incident.command()
@data_option
@click.argument("number")
@click.argument("act", metavar="ACTE")
@click.option(
    "--for",
    "controller",
    default=OURSELVES,
    show_default=True,
    help="egide, ou l'AMC d'un assureur.",
)
@click.option(
    "--proof", required=True, help="Ce qui le prouve : numéro, accusé, motif d'une décision."
)
@click.option(
    "--at",
    "done_at",
    type=_INSTANT,
    default=None,
    help="Quand (Paris ; défaut : maintenant ; à dire pour D1 : l'heure de la réception).",
)
@_BY
def note(data: Path | None, number: str, act: str, **given: str | datetime | None) -> None:
    """Noter un devoir fait (D1, D2…), une décision (high-risk, major…) ou une mesure (closed, card-only)."""
    moment, done_at = now(), given["done_at"]
    check_installed(db.settings(data))
    if act == "D1" and done_at is None:
        hint = (
            "L'heure à laquelle l'assureur a reçu l'avis : les 72 heures de la CNIL en partent."
        )
        raise Refusal(RefusalCode.VALUE_MISSING, where="--at", hint=hint)
    noted = Act(
        controller=str(given["controller"]),
        act=act,
        done_at=done_at if isinstance(done_at, datetime) else moment,
        done_by=str(given["who"] or getpass.getuser()),
        proof=_line(str(given["proof"])),
    )

    async def work() -> None:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            found = await breach.one_incident(tx, _number(number))
            await breach.note_act(tx, found.incident_id, noted, moment)

    run(work())
    _console.print(f"{escape(act)}, {noted.controller} : noté.")


@incident.command()
@data_option
@click.argument("number")
@click.option(
    "--out", "folder", required=True, type=click.Path(path_type=Path, file_okay=False)
)
def documents(data: Path | None, number: str, folder: Path) -> None:
    """Écrire tout ce qui part et se garde : avis et liste scellée par assureur, projets, registre, plainte, lettres."""
    settings = db.settings(data)
    check_installed(settings)
    ring, number_ = keyring(settings), _number(number)

    if folder.exists():
        hint = "Ce dossier existe : en nommer un nouveau, ce qui est parti reste tel qu'il est parti."
        raise Refusal(RefusalCode.VALUE_INVALID, where="--out", hint=hint)
    made = folder.with_name(f".{folder.name}.part")

    def said(rows: Sequence[Exposure]) -> dict[str, object]:
        return breach.merged(rows, breach.case_code(ring, number_, rows[0].person_id))

    async def work() -> tuple[list[str], list[str]]:
        async with open_pool(settings, "owner") as pool, db.transaction(pool) as tx:
            await breach.reckon_again(tx, await breach.one_incident(tx, number_), now())
            found = await breach.read_dossier(tx, number_, now())
            seen = {total.amc_number for total in found.totals if total.persons}
            unsealed: list[str] = []
            for one in await insurers(tx):
                if one.amc_number not in seen:
                    continue
                place = made / "assureurs" / one.amc_number
                if one.jwk is None:
                    unsealed.append(one.amc_number)
                    continue
                rows = breach.exposures_of(tx, number_, one.insurer_id)
                await breach.seal_lists(tx, sealer(settings), rows, place, said)
                (place / f"{one.amc_number}.jwe").replace(place / "victimes.jwe")
            return breach.write_documents(found, made), unsealed

    shutil.rmtree(made, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made.mkdir(mode=0o700)
    try:
        wrong, unsealed = run(work())
        made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    _console.print(f"Écrit : {escape(str(folder))}")
    for amc in unsealed:
        _console.print(
            f"[red]{amc} n'a pas donné de clé[/red] : sa liste n'est pas écrite. ./egide insurer-key {amc} FICHIER"
        )
    for one in wrong:
        _console.print(f"[red]À ne pas envoyer[/red] : {escape(one)}")
    if wrong or unsealed:
        raise SystemExit(1)


@incident.command()
@data_option
@click.argument("number")
@_BY
def close(data: Path | None, number: str, who: str) -> None:
    """Clore un incident."""

    async def work() -> tuple[bool, Dossier]:
        async with open_pool(db.settings(data), "owner") as pool, db.transaction(pool) as tx:
            found = await breach.one_incident(tx, _number(number))
            by = who or getpass.getuser()
            is_closed = await breach.close_incident(tx, found.incident_id, now(), by)
            return is_closed, await breach.read_dossier(tx, found.incident_id, now())

    is_closed, found = run(work())
    _console.print("Clos." if is_closed else "Il l'était déjà.")
    for clock in found.clocks:
        if clock.state in {State.RUNS, State.LATE}:
            _console.print(f"Reste dû : {' '.join(_row(clock)[:4])}")


def _show(found: Dossier) -> None:
    one, last = found.incident, found.last
    _console.print(f"[bold]{to_code(one.incident_id)}[/bold]  {escape(one.hypothesis)}")
    _console.print(
        f"{breach.persons_of(last.persons)}, {last.answers} réponses (décompte {last.version} : {last.added} de plus, "
        f"{last.removed} de moins), journal de {last.log_size} entrées."
    )
    if one.until > found.made_at and one.closed_at is None:
        _console.print("La fenêtre n'est pas finie : `documents` recompte avant d'écrire.")
    drawn = Table("AMC", "assureur", "personnes")
    for total in found.totals:
        drawn.add_row(total.amc_number, escape(total.name), f"{total.persons}")
    if found.totals:
        _console.print(drawn)
    due = Table("devoir", "qui", "quoi", "avant", "où en est-il")
    for clock in found.clocks:
        due.add_row(*_row(clock))
    _console.print(due)


def _row(clock: Clock) -> tuple[str, ...]:
    colour = _COLOURS.get(clock.state, "default")
    before = "" if clock.due_at is None else f"{clock.due_at.astimezone(PARIS):%d/%m/%Y %H:%M}"
    state = f"[{colour}]{_STATES[clock.state]}[/{colour}]"
    return clock.code, clock.controller, escape(clock.french), before, state


def _number(text: str) -> UUID:
    number = from_code(text)
    if number is None:
        hint = "Les 26 signes qu'affiche ./egide incident list."
        raise Refusal(RefusalCode.VALUE_INVALID, where="NUMBER", hint=hint)
    return number


def _line(text: str) -> str:
    """Return a text in one line, without what a terminal obeys."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
