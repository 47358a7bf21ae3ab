"""The bank's file: ISO 20022 pain.001.001.09, written as a stream, the same bytes each time.

Source: ISO 20022 message definition pain.001.001.09; EPC132-08 (SEPA credit transfer).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from xml.sax.saxutils import escape

from egide.core.bank import bank_name
from egide.core.identifiers import Iban
from egide.core.money import Money, decimal_euros

_NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


@dataclass(frozen=True, slots=True)
class Debtor:
    """Who pays: the operator's name and account.

    Args:
        creditor_id: the identifier (ICS) by which it debits insurers too; empty where it debits nobody.
        by_two: what it orders is written once two people have released it.
    """

    name: str
    iban: Iban = field(repr=False)
    creditor_id: str = ""
    by_two: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Credit:
    """One transfer of the file."""

    transfer_id: str
    name: str
    iban: Iban = field(repr=False)
    amount: Money


def _amount(money: Money) -> str:
    return str(decimal_euros(money.cents))


def bank_agent(bic: str) -> str:
    """Return a bank by its BIC, or as not said."""
    if bic:
        return f"<FinInstnId><BICFI>{bic}</BICFI></FinInstnId>"
    return "<FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr></FinInstnId>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """The file's head: what it is, how many transfers, how much."""

    settlement_id: str
    closed_at: datetime
    execute_on: date
    transfers: int
    amount: Money
    debtor: Debtor


def pain_001(batch: Batch, transfers: Iterable[Credit]) -> Iterator[str]:
    """Yield the file piece by piece; memory does not grow with the transfers."""
    created = batch.closed_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    total, name = _amount(batch.amount), escape(bank_name(batch.debtor.name))
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<Document xmlns="{_NAMESPACE}"><CstmrCdtTrfInitn>\n'
        f"<GrpHdr><MsgId>{batch.settlement_id}</MsgId><CreDtTm>{created}</CreDtTm>"
        f"<NbOfTxs>{batch.transfers}</NbOfTxs><CtrlSum>{total}</CtrlSum>"
        f"<InitgPty><Nm>{name}</Nm></InitgPty></GrpHdr>\n"
        f"<PmtInf><PmtInfId>{batch.settlement_id}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>false</BtchBookg>"
        f"<NbOfTxs>{batch.transfers}</NbOfTxs><CtrlSum>{total}</CtrlSum>"
        "<PmtTpInf><SvcLvl><Cd>SEPA</Cd></SvcLvl></PmtTpInf>"
        f"<ReqdExctnDt><Dt>{batch.execute_on.isoformat()}</Dt></ReqdExctnDt>"
        f"<Dbtr><Nm>{name}</Nm></Dbtr>"
        f"<DbtrAcct><Id><IBAN>{batch.debtor.iban.text}</IBAN></Id></DbtrAcct>"
        f"<DbtrAgt>{bank_agent(batch.debtor.iban.bic)}</DbtrAgt><ChrgBr>SLEV</ChrgBr>\n"
    )
    for credit in transfers:
        agent = f"<CdtrAgt>{bank_agent(credit.iban.bic)}</CdtrAgt>" if credit.iban.bic else ""
        yield (
            f"<CdtTrfTxInf><PmtId><InstrId>{credit.transfer_id}</InstrId>"
            f"<EndToEndId>{credit.transfer_id}</EndToEndId></PmtId>"
            f'<Amt><InstdAmt Ccy="EUR">{_amount(credit.amount)}</InstdAmt></Amt>{agent}'
            f"<Cdtr><Nm>{escape(bank_name(credit.name))}</Nm></Cdtr>"
            f"<CdtrAcct><Id><IBAN>{credit.iban.text}</IBAN></Id></CdtrAcct>"
            f"<RmtInf><Ustrd>{credit.transfer_id} EGIDE TIERS PAYANT</Ustrd></RmtInf></CdtTrfTxInf>\n"
        )
    yield "</PmtInf></CstmrCdtTrfInitn></Document>\n"
