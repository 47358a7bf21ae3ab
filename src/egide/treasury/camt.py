"""Read a camt.053 as a stream: .001.02 and .001.08, other versions of the same shape too.

Sign is ``CdtDbtInd``'s, and what says neither CRDT nor DBIT is refused; entities and document types are refused; what
is not booked (PDNG, INFO) moves nothing. Memory grows with what is kept of a statement's movements, not with the file.

Source: ISO 20022, camt.053.001.08.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Final
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import iterparse

from egide.core.identifiers import Iban
from egide.core.money import Money
from egide.core.period import PARIS
from egide.core.refusal import Refusal
from egide.treasury.statement import BankFileError, Movement, Statement, check_sum
from egide.treasury.xml import every, first, name_of, refusing, text_of

_ROOT: Final = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.\d\d\}Document")
_OTHER: Final = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:(camt\.05[24]|[a-z]+\.\d+)")
_OPENS: Final = ("OPBD", "PRCD")
_CLOSES: Final = ("CLBD",)
_INTERIM: Final = "INTM"
_BOOKED: Final = "BOOK"
_NOT_PROVIDED: Final = frozenset({"", "NOTPROVIDED"})
_MOST_CENTS: Final = 10**14
_SAID: Final = 500
_LONGEST_SEQUENCE: Final = 18  # digits of the schema
_LONGEST_REFERENCE: Final = 35  # Max35Text
_AMOUNT: Final = re.compile(r"\s*[+]?(\d{1,15}(\.\d{0,5})?|\.\d{1,5})\s*")


def read_statements(file: IO[bytes], account: str) -> Iterator[Statement]:
    """Yield the statements of a file, each checked by itself.

    Args:
        account: the IBAN that they must be of.

    Raises:
        BankFileError: the place, why, what to do; statements yielded before it may be whole, and their caller undoes
            them.
    """
    with refusing():
        yield from _read(file, account)


def _read(file: IO[bytes], account: str) -> Iterator[Statement]:
    path: list[Element] = []
    movements: list[Movement] = []
    position = 0
    for event, element in iterparse(file, ("start", "end"), forbid_dtd=True):
        if event == "start":
            if not path:
                _check_root(element.tag)
            path.append(element)
            continue
        path.pop()
        match name_of(element):
            case "Ntry":
                position += 1
                where = f"relevé {text_of(path[-1], 'Id')}, ligne {position}"
                movements += _movements(element, where, len(movements) + 1)
                path[-1].remove(element)
            case "Stmt":
                yield _statement(element, account, movements)
                movements, position = [], 0
                path[-1].remove(element)
            case _:
                pass


def _check_root(tag: str) -> None:
    if _ROOT.fullmatch(tag):
        return
    other = _OTHER.match(tag)
    kind = other.group(1) if other else "autre"
    why = f"c'est un message {kind}, et non un camt.053."
    remedy = "Seul le relevé comptabilise ; un camt.052 ou 054 l'annonce ou l'explique, et ne se prend pas."
    raise BankFileError("fichier", why, remedy)


def _statement(element: Element, account: str, movements: list[Movement]) -> Statement:
    reference = text_of(element, "Id")
    where = f"relevé {reference}"
    if not reference:
        raise BankFileError(
            "relevé", "il n'a pas de numéro (Id).", "Le redemander à la banque."
        )
    if len(reference) > _LONGEST_REFERENCE:
        raise BankFileError(
            "relevé",
            f"son numéro (Id) dépasse {_LONGEST_REFERENCE} caractères.",
            "Le redemander.",
        )
    _check_account(element, account, where)
    page = text_of(element, "StmtPgntn", "PgNb").lstrip("0")
    is_first = page in {"", "1"}
    is_last = text_of(element, "StmtPgntn", "LastPgInd") in {"", "true", "1"}
    if text_of(element, "CpyDplctInd"):
        raise BankFileError(
            where, "c'est une copie ou un double.", "L'original seul est comptabilisé."
        )
    opens = _balance(element, _OPENS if is_first else (_INTERIM, *_OPENS), where, is_first=True)
    closes = _balance(
        element, _CLOSES if is_last else (_INTERIM, *_CLOSES), where, is_first=False
    )
    return check_sum(
        Statement(
            account=account,
            reference=reference if is_first and is_last else f"{reference}#{page}",
            opened=opens[0],
            closed=closes[0],
            closed_on=closes[1],
            sequence_number=_sequence(element),
            movements=movements,
        )
    )


def _sequence(element: Element) -> int | None:
    text = text_of(element, "ElctrncSeqNb") or text_of(element, "LglSeqNb")
    return (
        int(text)
        if text.isascii() and text.isdigit() and len(text) <= _LONGEST_SEQUENCE
        else None
    )


def _check_account(element: Element, account: str, where: str) -> None:
    try:
        said = Iban.parse(text_of(element, "Acct", "Id", "IBAN")).text
    except Refusal:
        said = ""
    if said != account:
        raise BankFileError(
            where, "il est d'un autre compte.", "Dire de quel compte par --account."
        )
    if text_of(element, "Acct", "Ccy") not in {"", "EUR"}:
        raise BankFileError(
            where, "le compte n'est pas en euros.", "Aucun autre n'est tenu ici."
        )


def _balance(
    element: Element, kinds: tuple[str, ...], where: str, *, is_first: bool
) -> tuple[Money, date]:
    """Return the balance of the first of some kinds that a statement has, and its day."""
    for kind in kinds:
        found = [
            one
            for one in every(element, "Bal")
            if text_of(one, "Tp", "CdOrPrtry", "Cd") == kind
        ]
        if found:
            one = found[0] if is_first else found[-1]
            day = _day(one, f"{where}, solde {kind}", "Dt")
            return _signed(one, f"{where}, solde {kind}"), day
    raise BankFileError(
        where, f"il n'a pas de solde {' ou '.join(kinds)}.", "Le redemander entier."
    )


def _movements(entry: Element, where: str, number: int) -> list[Movement]:
    status = text_of(entry, "Sts", "Cd") or text_of(entry, "Sts")
    if status != _BOOKED:
        if status in {"PDNG", "INFO", "FUTR"}:
            return []
        raise BankFileError(
            where, f"état « {status[:10]} » inconnu.", "Attendu : BOOK, PDNG, INFO, FUTR."
        )
    amount = _signed(entry, where)
    day = _day(entry, where, "BookgDt", "ValDt")
    code = "/".join(
        (
            text_of(entry, "BkTxCd", "Domn", "Cd"),
            text_of(entry, "BkTxCd", "Domn", "Fmly", "Cd"),
            text_of(entry, "BkTxCd", "Domn", "Fmly", "SubFmlyCd"),
        )
    )
    reason = "RVSL" if text_of(entry, "RvslInd") == "true" else ""
    details = every(entry, "NtryDtls", "TxDtls")
    batch = text_of(entry, "NtryDtls", "Btch", "PmtInfId") or text_of(
        entry, "NtryDtls", "Btch", "MsgId"
    )
    amounts = [_detail_amount(one, amount, where, len(details)) for one in details]
    told = sum(one.cents for one in amounts if one is not None)
    if len(details) != len([one for one in amounts if one is not None]) or told != amount.cents:
        details, amounts = details[:1] if len(details) == 1 else [], [amount]
    shown: list[Element | None] = [*details] or [None]
    moving = [both for both in zip(shown, amounts, strict=True) if (both[1] or amount).cents]
    return [
        Movement(
            number=number + at,
            amount=part or amount,
            booked_on=day,
            end_to_end=""
            if one is None
            else _reference(one, "EndToEndId") or _reference(one, "InstrId"),
            batch=batch or ("" if one is None else _reference(one, "PmtInfId")),
            bank_reference=text_of(entry, "AcctSvcrRef"),
            said=" ".join(_said(entry if one is None else one).split())[:_SAID],
            reason=reason if one is None else text_of(one, "RtrInf", "Rsn", "Cd")[:4] or reason,
            code=code,
        )
        for at, (one, part) in enumerate(moving)
    ]


def _reference(detail: Element, name: str) -> str:
    text = text_of(detail, "Refs", name)
    return "" if text in _NOT_PROVIDED else text[:35]


def _said(element: Element) -> str:
    found = [one.text or "" for one in every(element, "RmtInf", "Ustrd")]
    found += [text_of(one, "CdtrRefInf", "Ref") for one in every(element, "RmtInf", "Strd")]
    return " ".join(filter(None, found)) or text_of(element, "AddtlNtryInf")


def _detail_amount(detail: Element, whole: Money, where: str, details: int) -> Money | None:
    """Return what a detail moves, with its entry's sign where it says none; None where it says no amount."""
    if first(detail, "Amt") is not None:
        if text_of(detail, "CdtDbtInd"):
            return _signed(detail, where)
        cents = _cents(detail, where, "Amt")
    elif (told := first(detail, "AmtDtls", "TxAmt", "Amt")) is not None:
        if (
            told.get("Ccy") != "EUR"
        ):  # what was instructed abroad: not what our account moved by
            return whole if details == 1 else None
        cents = _cents(detail, where, "AmtDtls", "TxAmt", "Amt")
    else:
        return whole if details == 1 else None
    return Money(cents if whole.cents > 0 else -cents)


def _signed(element: Element, where: str) -> Money:
    cents = _cents(element, where, "Amt")
    match text_of(element, "CdtDbtInd"):
        case "CRDT":
            return Money(cents)
        case "DBIT":
            return Money(-cents)
        case other:
            raise BankFileError(
                where, f"sens « {other[:10]} » inconnu.", "Attendu : CRDT ou DBIT."
            )


def _cents(element: Element, where: str, *names: str) -> int:
    found = first(element, *names)
    if found is None or found.get("Ccy") != "EUR":
        raise BankFileError(
            where, "le montant manque, ou n'est pas en euros.", "Le redemander."
        )
    text = found.text or ""
    if not _AMOUNT.fullmatch(text):
        raise BankFileError(where, "le montant n'est pas un nombre.", "Le redemander.")
    cents = Decimal(text.strip()).scaleb(2)
    if cents != cents.to_integral_value() or cents > _MOST_CENTS:
        raise BankFileError(
            where, "le montant a des parties de centime, ou est démesuré.", "Le redemander."
        )
    return int(cents)


def _day(element: Element, where: str, *names: str) -> date:
    """Return a day as Paris counts it, of the first of some elements that there is."""
    for name in names:
        text = (
            text_of(element, name, "Dt")
            or text_of(element, name, "DtTm")
            or text_of(element, name)
        )
        if not text:
            continue
        try:
            if "T" in text:
                instant = datetime.fromisoformat(text.replace("Z", "+00:00"))
                return (instant.astimezone(PARIS) if instant.tzinfo else instant).date()
            return date.fromisoformat(text[:10])
        except (ValueError, OverflowError):
            break
    raise BankFileError(where, "le jour manque, ou ne se lit pas.", "Le redemander.")
