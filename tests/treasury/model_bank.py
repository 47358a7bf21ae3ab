"""A bank that knows nothing of our code: it reads an order file, and writes statements and reports as ISO 20022 says.

Its own books are what ours are compared with.
"""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from lxml import etree

_PAIN = "{urn:iso:std:iso:20022:tech:xsd:pain.001.001.09}"
_CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
_REPORT = "urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"


@dataclass(frozen=True)
class Order:
    """A credit transfer of an order file."""

    file: str
    end_to_end: str
    cents: int
    iban: str


@dataclass
class Line:
    """A movement of a statement: what it says, above zero where it comes in."""

    cents: int
    details: list[tuple[str, int, str]] = field(
        default_factory=list
    )  # end to end, cents, reason
    batch: str = ""
    said: str = ""
    code: tuple[str, str, str] = ("PMNT", "ICDT", "ESCT")
    status: str = "BOOK"


@dataclass
class ModelBank:
    """One account at a bank."""

    iban: str
    day: date
    balance: int = 0
    number: int = 0
    accepted: dict[str, Order] = field(default_factory=dict)
    executed: dict[str, Order] = field(default_factory=dict)
    rejected: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)
    files: set[str] = field(default_factory=set)

    def receive(self, path: Path, rng: random.Random, *, share_rejected: float) -> bytes:
        """Take an order file and return its report, which lists the rejects alone, or the refusal of a duplicate."""
        tree = etree.parse(str(path))
        file = tree.findtext(f".//{_PAIN}MsgId")
        if file in self.files:
            return report_of(file, "RJCT", "DU01", [])
        self.files.add(file)
        rejects: list[tuple[str, str]] = []
        for one in tree.iter(f"{_PAIN}CdtTrfTxInf"):
            cents = round(float(one.findtext(f".//{_PAIN}InstdAmt")) * 100)
            order = Order(
                file,
                one.findtext(f".//{_PAIN}EndToEndId"),
                cents,
                one.findtext(f"{_PAIN}CdtrAcct/{_PAIN}Id/{_PAIN}IBAN"),
            )
            if rng.random() < share_rejected:
                self.rejected.add(order.end_to_end)
                rejects.append((order.end_to_end, rng.choice(["AC01", "MS03", "RC01"])))
            else:
                self.accepted[order.end_to_end] = order
        return report_of(file, "PART" if rejects else "ACSP", "", rejects)

    def execute(self, rng: random.Random, *, whole_file: bool = False) -> list[Line]:
        """Debit what was accepted: one line each, one line with its details, or the file's total alone."""
        lines: list[Line] = []
        for file in sorted({one.file for one in self.accepted.values()}):
            orders = [one for one in self.accepted.values() if one.file == file]
            total = -sum(one.cents for one in orders)
            details = [(one.end_to_end, -one.cents, "") for one in orders]
            kind = "file" if whole_file else rng.choice(["each", "details", "file"])
            if kind == "each":
                lines += [Line(cents, [(name, cents, "")]) for name, cents, _ in details]
            else:
                lines.append(Line(total, details if kind == "details" else [], batch=file))
            self.executed |= {one.end_to_end: one for one in orders}
        self.accepted.clear()
        return lines

    def give_back(self, end_to_end: str, reason: str) -> Line:
        """Credit back what the payee's bank returns."""
        order = self.executed.pop(end_to_end)
        self.returned.add(end_to_end)
        return Line(
            order.cents, [(end_to_end, order.cents, reason)], code=("PMNT", "ICDT", "RRTN")
        )

    def statement(self, lines: list[Line], *, number: str = "", closing_off: int = 0) -> bytes:
        """Write the day's statement: opening, lines, closing; the next day begins."""
        self.number += 1
        opened = self.balance
        self.balance += sum(line.cents for line in lines if line.status == "BOOK")
        document = etree.Element(f"{{{_CAMT}}}Document", nsmap={None: _CAMT})
        root = _sub(document, "BkToCstmrStmt")
        head = _sub(root, "GrpHdr")
        _sub(head, "MsgId", f"M{self.number}")
        _sub(head, "CreDtTm", f"{self.day.isoformat()}T18:00:00+01:00")
        one = _sub(root, "Stmt")
        _sub(one, "Id", number or f"R{self.number:05d}")
        _sub(one, "ElctrncSeqNb", str(self.number))
        account = _sub(_sub(one, "Acct"), "Id")
        _sub(account, "IBAN", self.iban)
        for kind, cents in (("OPBD", opened), ("CLBD", self.balance + closing_off)):
            balance = _sub(one, "Bal")
            _sub(_sub(_sub(balance, "Tp"), "CdOrPrtry"), "Cd", kind)
            _money(balance, cents)
            _sub(_sub(balance, "Dt"), "Dt", self.day.isoformat())
        for at, line in enumerate(lines):
            self._entry(one, line, f"B{self.number}-{at}")
        self.day += timedelta(days=1)
        return etree.tostring(document, xml_declaration=True, encoding="UTF-8")

    def _entry(self, statement: etree._Element, line: Line, reference: str) -> None:
        entry = _sub(statement, "Ntry")
        _money(entry, line.cents)
        _sub(_sub(entry, "Sts"), "Cd", line.status)
        _sub(_sub(entry, "BookgDt"), "Dt", self.day.isoformat())
        _sub(entry, "AcctSvcrRef", reference)
        code = _sub(_sub(entry, "BkTxCd"), "Domn")
        _sub(code, "Cd", line.code[0])
        family = _sub(code, "Fmly")
        _sub(family, "Cd", line.code[1])
        _sub(family, "SubFmlyCd", line.code[2])
        if line.batch:
            batch = _sub(_sub(entry, "NtryDtls"), "Btch")
            _sub(batch, "PmtInfId", line.batch)
        if line.details or line.said:
            details = entry[-1] if line.batch else _sub(entry, "NtryDtls")
            for end_to_end, cents, reason in line.details or [("", line.cents, "")]:
                detail = _sub(details, "TxDtls")
                if end_to_end:
                    _sub(_sub(detail, "Refs"), "EndToEndId", end_to_end)
                _money(detail, cents)
                if line.said:
                    _sub(_sub(detail, "RmtInf"), "Ustrd", line.said)
                if reason:
                    _sub(_sub(_sub(detail, "RtrInf"), "Rsn"), "Cd", reason)


def _sub(parent: etree._Element, name: str, text: str | None = None) -> etree._Element:
    child = etree.SubElement(parent, f"{{{parent.nsmap[None]}}}{name}")
    child.text = text
    return child


def _money(parent: etree._Element, cents: int) -> None:
    amount = _sub(parent, "Amt", f"{abs(cents) // 100}.{abs(cents) % 100:02d}")
    amount.set("Ccy", "EUR")
    _sub(parent, "CdtDbtInd", "CRDT" if cents >= 0 else "DBIT")


def report_of(file: str, status: str, reason: str, rejects: list[tuple[str, str]]) -> bytes:
    document = etree.Element(f"{{{_REPORT}}}Document", nsmap={None: _REPORT})
    root = _sub(document, "CstmrPmtStsRpt")
    head = _sub(root, "GrpHdr")
    _sub(head, "MsgId", f"P-{file}-{status}{len(rejects)}{reason}")
    _sub(head, "CreDtTm", "2026-11-27T09:00:00+01:00")
    group = _sub(root, "OrgnlGrpInfAndSts")
    _sub(group, "OrgnlMsgId", file)
    _sub(group, "OrgnlMsgNmId", "pain.001.001.09")
    _sub(group, "GrpSts", status)
    if reason:
        _sub(_sub(_sub(group, "StsRsnInf"), "Rsn"), "Cd", reason)
    if rejects:
        payment = _sub(root, "OrgnlPmtInfAndSts")
        _sub(payment, "OrgnlPmtInfId", file)
        for end_to_end, why in rejects:
            one = _sub(payment, "TxInfAndSts")
            _sub(one, "OrgnlEndToEndId", end_to_end)
            _sub(one, "TxSts", "RJCT")
            _sub(_sub(_sub(one, "StsRsnInf"), "Rsn"), "Cd", why[:4])
    return etree.tostring(document, xml_declaration=True, encoding="UTF-8")
