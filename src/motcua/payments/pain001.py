"""An order for transfers to our bank: pain.001.001.09, written by our own template. Whole dong; accounts without IBAN."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

from motcua.kernel import local_time, vietnamese


@dataclass(frozen=True)
class Transfer:
    """One transfer: our number (it comes back in the statement as the end-to-end id), amount, payee, words."""

    number: str
    amount_vnd: int
    name: str
    account: str
    bank_bin: str
    text: str


def write(
    *, number: str, at: datetime, name: str, account: str, bank: str, transfers: Sequence[Transfer]
) -> bytes:
    """The file. Names are written without marks, as banks take them. Raises ValueError for an empty or wrong order."""
    if not transfers or any(one.amount_vnd <= 0 for one in transfers):
        raise ValueError("an order holds transfers above nothing")
    local = local_time.to_local(at)
    total = sum(one.amount_vnd for one in transfers)
    sums = f"<NbOfTxs>{len(transfers)}</NbOfTxs><CtrlSum>{total}</CtrlSum>"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"><CstmrCdtTrfInitn>'
        f"<GrpHdr><MsgId>{escape(number)}</MsgId><CreDtTm>{local.isoformat(timespec='seconds')}</CreDtTm>{sums}"
        f"<InitgPty><Nm>{_text(name, 140)}</Nm></InitgPty></GrpHdr>"
        f"<PmtInf><PmtInfId>{escape(number)}</PmtInfId><PmtMtd>TRF</PmtMtd><BtchBookg>false</BtchBookg>{sums}"
        f"<ReqdExctnDt><Dt>{local.date().isoformat()}</Dt></ReqdExctnDt>"
        f"<Dbtr><Nm>{_text(name, 140)}</Nm></Dbtr><DbtrAcct>{_account(account)}<Ccy>VND</Ccy></DbtrAcct>"
        f"<DbtrAgt><FinInstnId><Nm>{_text(bank, 140)}</Nm></FinInstnId></DbtrAgt>"
        f"{''.join(map(_transfer, transfers))}</PmtInf></CstmrCdtTrfInitn></Document>\n"
    ).encode()


def _transfer(one: Transfer) -> str:
    agent = f"<ClrSysMmbId><MmbId>{escape(one.bank_bin)}</MmbId></ClrSysMmbId>"
    return (
        f"<CdtTrfTxInf><PmtId><InstrId>{escape(one.number)}</InstrId><EndToEndId>{escape(one.number)}</EndToEndId></PmtId>"
        f'<Amt><InstdAmt Ccy="VND">{one.amount_vnd}</InstdAmt></Amt>'
        f"<CdtrAgt><FinInstnId>{agent}</FinInstnId></CdtrAgt><Cdtr><Nm>{_text(one.name, 140)}</Nm></Cdtr>"
        f"<CdtrAcct>{_account(one.account)}</CdtrAcct><RmtInf><Ustrd>{_text(one.text, 140)}</Ustrd></RmtInf></CdtTrfTxInf>"
    )


def _account(number: str) -> str:
    return f"<Id><Othr><Id>{escape(number)}</Id></Othr></Id>"


def _text(text: str, most: int) -> str:
    return escape(vietnamese.ascii_text(text)[:most])
