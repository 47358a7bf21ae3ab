"""The report beside a file of members: the lines refused, or doubtful, and never a value of theirs."""

from dataclasses import astuple
from pathlib import Path

import msgspec

from egide.members.record import Fault


def write_report(file: Path, faults: list[Fault]) -> Path:
    """Write the report of a file, readable by its owner alone, in place of an earlier one; none where all is well."""
    report = file.with_name(f"{file.name}.report.ndjson")
    report.unlink(missing_ok=True)
    if faults:
        faults.sort(key=lambda fault: fault.line)
        report.touch(mode=0o600)
        report.write_text(report_text(faults), "utf-8")
    return report


def report_text(faults: list[Fault]) -> str:
    """Return faults as the lines of a report."""
    names = ("line", "field", "reason", "remedy")
    rows = [
        msgspec.json.encode(dict(zip(names, astuple(fault), strict=True))) for fault in faults
    ]
    return "".join(f"{row.decode()}\n" for row in rows)


def read_report(text: str) -> list[Fault]:
    """Read the lines of a report."""
    rows: list[dict[str, int | str]] = [msgspec.json.decode(line) for line in text.splitlines()]
    return [
        Fault(int(row["line"]), str(row["field"]), str(row["reason"]), str(row["remedy"]))
        for row in rows
    ]
