"""The schema as files: what a database is made of, read once from the package."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

# The migrations that stood before functions had files of their own, in order. An installation that has the first
# ``FIRST_KNOWN`` of them can be brought to the baseline, by the deltas in ``before``.
OLD_NAMES: Final = (
    "0001_roles.sql",
    "0002_directory.sql",
    "0003_gate.sql",
    "0004_imports.sql",
    "0005_claims.sql",
    "0006_ledger.sql",
    "0007_payments.sql",
    "0008_enrolment.sql",
    "0009_act_once.sql",
    "0010_plan_levels.sql",
    "0011_official_tables.sql",
    "0012_contracts.sql",
    "0013_people.sql",
    "0014_people_guards.sql",
    "0015_key_trail.sql",
    "0016_psc.sql",
    "0017_iban_changes.sql",
    "0018_insured.sql",
    "0019_dormant.sql",
    "0020_vendors.sql",
    "0021_house.sql",
    "0022_tenants.sql",
    "0023_support.sql",
    "0024_applications.sql",
    "0025_vouched.sql",
    "0026_whole_gate.sql",
    "0027_house_mends.sql",
    "0028_log_tree.sql",
    "0029_victims.sql",
    "0030_accepted_calls.sql",
    "0031_pace.sql",
    "0032_log_horizon.sql",
    "0033_between_landings.sql",
)
FIRST_KNOWN: Final = 24
BASELINE: Final = 9


@dataclass(frozen=True, slots=True)
class SchemaFile:
    """One file, by its path below ``schema``."""

    path: str
    text: str

    @property
    def sha256(self) -> str:
        """Return the digest by which an applied file is known."""
        return hashlib.sha256(self.text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """Every file, in the order in which it is applied.

    Attributes:
        level: grows by one with each change of any file, so that older code knows a newer database.
        tables: forward only, each applied once; the first ``BASELINE`` hold what older installations pass to.
        routines: functions with their triggers and grants, then policies, then the grants of tables:
            applied whenever one of their digests changed.
        before: deltas of tables for installations older than the baseline.
    """

    level: int
    roles: SchemaFile
    tables: Sequence[SchemaFile]
    routines: Sequence[SchemaFile]
    before: Sequence[SchemaFile]

    @property
    def functions(self) -> list[SchemaFile]:
        """Return the files of functions, in their order."""
        return [file for file in self.routines if file.path.startswith("functions/")]

    @property
    def files(self) -> list[SchemaFile]:
        """Return every file that a database of this level is made of."""
        return [self.roles, *self.tables, *self.routines]

    @property
    def sha256(self) -> str:
        """Return the digest of the whole: what a level is of."""
        lines = [f"{file.sha256} {file.path}\n" for file in self.files]
        return hashlib.sha256("".join(lines).encode()).hexdigest()


@cache
def schema() -> Schema:
    """Read the schema that this code knows."""
    root = files("egide.db").joinpath("schema")
    order = root.joinpath("functions", "order.txt").read_text("utf-8").split()
    functions = [_read(root, f"functions/{name}") for name in order]
    policies = _folder(root, "policies")
    return Schema(
        level=int(root.joinpath("level.txt").read_text("utf-8").split()[0]),
        roles=_read(root, "roles.sql"),
        tables=_folder(root, "tables"),
        routines=[*functions, *policies, _read(root, "grants.sql")],
        before=_folder(root, "before"),
    )


def _read(root: Traversable, path: str) -> SchemaFile:
    return SchemaFile(path, root.joinpath(*path.split("/")).read_text("utf-8"))


def _folder(root: Traversable, name: str) -> list[SchemaFile]:
    names = sorted(file.name for file in root.joinpath(name).iterdir())
    return [_read(root, f"{name}/{file}") for file in names if file.endswith(".sql")]
