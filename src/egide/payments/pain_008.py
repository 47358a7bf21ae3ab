"""The file that debits insurers: ISO 20022 pain.008.001.08, the same bytes each time.

Source: ISO 20022 message definition pain.008.001.08; EPC131-08 (SEPA B2B direct debit), EPC130-08 (core).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Final
from xml.sax.saxutils import escape

from egide.core.bank import bank_name, sepa_text
from egide.core.identifiers import Iban
from egide.core.money import Money, decimal_euros
from egide.payments.pain import Debtor, bank_agent

_NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"
_SAID_LENGTH: Final = 140
_SEQUENCE: Final = "RCUR"  # the first of a mandate too, since November 2016


@dataclass(frozen=True, slots=True, kw_only=True)
class Debit:
    """One debit: who is debited, by what mandate."""

    collection_id: str
    mandate: str
    signed_on: date
    name: str
    iban: Iban = field(repr=False)
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class DebitGroup:
    """The debits of one scheme, due on one day; ``name`` is their PmtInfId."""

    name: str
    scheme: str
    due_on: date
    debits: tuple[Debit, ...]


def pain_008(
    message: str, closed_at: datetime, creditor: Debtor, groups: Sequence[DebitGroup]
) -> Iterator[str]:
    """Yield the file piece by piece.

    Args:
        message: what names the file, which a report on it repeats.
        creditor: the account that pays, with its creditor identifier (ICS).
    """
    every = [one for group in groups for one in group.debits]
    name = escape(bank_name(creditor.name))
    created = closed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{_NAMESPACE}"><CstmrDrctDbtInitn>\n'
        f"<GrpHdr><MsgId>{message}</MsgId><CreDtTm>{created}</CreDtTm>"
        f"<NbOfTxs>{len(every)}</NbOfTxs><CtrlSum>{_total(every)}</CtrlSum>"
        f"<InitgPty><Nm>{name}</Nm></InitgPty></GrpHdr>\n"
    )
    for group in groups:
        yield _head(group, name, creditor)
        for debit in group.debits:
            yield _debit(debit)
        yield "</PmtInf>\n"
    yield "</CstmrDrctDbtInitn></Document>\n"


def _total(debits: Sequence[Debit]) -> str:
    return str(decimal_euros(sum(one.amount.cents for one in debits)))


def _head(group: DebitGroup, name: str, creditor: Debtor) -> str:
    scheme_id = (
        f"<PrvtId><Othr><Id>{escape(creditor.creditor_id)}</Id>"
        "<SchmeNm><Prtry>SEPA</Prtry></SchmeNm></Othr></PrvtId>"
    )
    return (
        f"<PmtInf><PmtInfId>{group.name}</PmtInfId><PmtMtd>DD</PmtMtd><BtchBookg>false</BtchBookg>"
        f"<NbOfTxs>{len(group.debits)}</NbOfTxs><CtrlSum>{_total(group.debits)}</CtrlSum>"
        f"<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl><LclInstrm><Cd>{group.scheme}</Cd></LclInstrm>"
        f"<SeqTp>{_SEQUENCE}</SeqTp></PmtTpInf><ReqdColltnDt>{group.due_on.isoformat()}</ReqdColltnDt>"
        f"<Cdtr><Nm>{name}</Nm></Cdtr><CdtrAcct><Id><IBAN>{creditor.iban.text}</IBAN></Id></CdtrAcct>"
        f"<CdtrAgt>{bank_agent(creditor.iban.bic)}</CdtrAgt><ChrgBr>SLEV</ChrgBr>"
        f"<CdtrSchmeId><Id>{scheme_id}</Id></CdtrSchmeId>\n"
    )


def _debit(debit: Debit) -> str:
    said = sepa_text(f"{debit.collection_id} EGIDE APPEL DE FONDS", _SAID_LENGTH)
    return (
        f"<DrctDbtTxInf><PmtId><InstrId>{debit.collection_id}</InstrId>"
        f"<EndToEndId>{debit.collection_id}</EndToEndId></PmtId>"
        f'<InstdAmt Ccy="EUR">{decimal_euros(debit.amount.cents)}</InstdAmt>'
        f"<DrctDbtTx><MndtRltdInf><MndtId>{escape(debit.mandate)}</MndtId>"
        f"<DtOfSgntr>{debit.signed_on.isoformat()}</DtOfSgntr></MndtRltdInf></DrctDbtTx>"
        f"<DbtrAgt>{bank_agent(debit.iban.bic)}</DbtrAgt><Dbtr><Nm>{escape(bank_name(debit.name))}</Nm></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{debit.iban.text}</IBAN></Id></DbtrAcct>"
        f"<RmtInf><Ustrd>{said}</Ustrd></RmtInf></DrctDbtTxInf>\n"
    )
