"""The company's account at the stand-in bank on a day, as the bank would send it: camt.053 or CSV."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from xml.sax.saxutils import escape

from django.db.models import Q

from motcua.companies import context
from motcua.kernel import local_time
from motcua.sandbox.bank import BANK, Fault
from motcua.sandbox.models import DeliveryState, SandboxBankTransfer

OPENED_WITH_VND = 25_000_000
_FIRST_DAY = date(2018, 1, 1)
_CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"


@dataclass(frozen=True)
class Entry:
    """Money in (above zero) or out on the account."""

    reference: str
    booked_on: date
    value_on: date
    amount_vnd: int
    text: str


@dataclass(frozen=True)
class Account:
    """A day of the account."""

    number: str
    day: date
    opening_vnd: int
    entries: tuple[Entry, ...]

    @property
    def closing_vnd(self) -> int:
        return self.opening_vnd + sum(entry.amount_vnd for entry in self.entries)


def read(day: date) -> Account:
    """The current company's account on that day, with what was booked before it."""
    entries = sorted(_entries(), key=lambda entry: (entry.booked_on, entry.reference))
    before = sum(entry.amount_vnd for entry in entries if entry.booked_on < day)
    number = context.current_company().bank_account
    return Account(
        number, day, OPENED_WITH_VND + before, tuple(entry for entry in entries if entry.booked_on == day)
    )


def _entries() -> list[Entry]:
    """Every movement. What a bank asked to pay and was refused has not moved."""
    moved = Q(way="notice") | Q(
        deliveries__state=DeliveryState.DELIVERED, deliveries__call_name__in=["pay", "confirm"]
    )
    found: list[Entry] = []
    for transfer in SandboxBankTransfer.objects.filter(moved).distinct():
        paid_on = local_time.local_date(transfer.paid_at)
        late = timedelta(days=1 if Fault.STATEMENT_LATE in transfer.faults else 0)
        found.append(Entry(transfer.txn_id, paid_on + late, paid_on, transfer.amount_vnd, transfer.text))
        if transfer.reversed_at is not None:
            back = local_time.local_date(transfer.reversed_at)
            text = f"HOAN {transfer.txn_id}"
            found.append(
                Entry(transfer.reversed_txn_id, max(back, paid_on + late), back, -transfer.amount_vnd, text)
            )
    return found


def as_camt(account: Account, *, at: datetime) -> bytes:
    """camt.053.001.08 with the balances at the day's beginning and end."""
    stamp = local_time.to_local(at).isoformat(timespec="seconds")
    id = f"{BANK}-{account.number}-{account.day:%Y%m%d}"
    number = (account.day - _FIRST_DAY).days
    parts = [
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_CAMT}"><BkToCstmrStmt>',
        f"<GrpHdr><MsgId>STMT-{id}</MsgId><CreDtTm>{stamp}</CreDtTm></GrpHdr>",
        f"<Stmt><Id>{id}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>{stamp}</CreDtTm>",
        f"<Acct><Id><Othr><Id>{account.number}</Id></Othr></Id><Ccy>VND</Ccy></Acct>",
        _balance("OPBD", account.opening_vnd, account.day),
        _balance("CLBD", account.closing_vnd, account.day),
        *(_entry(place, entry) for place, entry in enumerate(account.entries, 1)),
        "</Stmt></BkToCstmrStmt></Document>\n",
    ]
    return "\n".join(parts).encode()


def _balance(code: str, amount_vnd: int, day: date) -> str:
    side = "CRDT" if amount_vnd >= 0 else "DBIT"
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="VND">{abs(amount_vnd)}</Amt>'
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _entry(place: int, entry: Entry) -> str:
    amount = f'<Amt Ccy="VND">{abs(entry.amount_vnd)}</Amt>'
    side = "CRDT" if entry.amount_vnd > 0 else "DBIT"
    return (
        f"<Ntry><NtryRef>{place}</NtryRef>{amount}<CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{entry.booked_on}</Dt></BookgDt><ValDt><Dt>{entry.value_on}</Dt></ValDt>"
        f"<AcctSvcrRef>{entry.reference}</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>"
        f"<SubFmlyCd>DMCT</SubFmlyCd></Fmly></Domn></BkTxCd><NtryDtls><TxDtls><Refs><TxId>{entry.reference}</TxId></Refs>"
        f"{amount}<CdtDbtInd>{side}</CdtDbtInd><RmtInf><Ustrd>{escape(entry.text)}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def as_csv(account: Account, *, at: datetime) -> bytes:
    """The same as a sheet with the columns that banks' customers download."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["Số tài khoản", account.number])
    writer.writerow(["Số dư đầu kỳ", account.opening_vnd])
    writer.writerow(["Số dư cuối kỳ", account.closing_vnd])
    writer.writerow(["Ngày giao dịch", "Ngày hiệu lực", "Mã giao dịch", "Ghi nợ", "Ghi có", "Nội dung"])
    for entry in account.entries:
        amounts = [-entry.amount_vnd, ""] if entry.amount_vnd < 0 else ["", entry.amount_vnd]
        days = [f"{entry.booked_on:%d/%m/%Y}", f"{entry.value_on:%d/%m/%Y}"]
        writer.writerow([*days, entry.reference, *amounts, entry.text])
    return ("\ufeff" + out.getvalue()).encode()
