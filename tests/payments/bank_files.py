"""Statements as banks write them, for tests: camt entries, balances and documents, a day in MT940, and what a reader made of it."""

from __future__ import annotations

from motcua.payments.statements import checking, reading
from motcua.payments.statements.model import Statement

ACCOUNT = "0011001234567"


def entry(
    amount: str,
    sign: str = "CRDT",
    reference: str = "",
    details: str = "",
    *,
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    more: str = "",
    ccy: str = "VND",
) -> str:
    return (
        f'<Ntry><Amt Ccy="{ccy}">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{more}{status}'
        f"<BookgDt><Dt>2025-10-05</Dt></BookgDt><ValDt><Dt>2025-10-05</Dt></ValDt>"
        + (f"<AcctSvcrRef>{reference}</AcctSvcrRef>" if reference else "")
        + (f"<NtryDtls>{details}</NtryDtls>" if details else "")
        + "</Ntry>"
    )


def detail(amount: str, txn_id: str = "", text: str = "", sign: str = "CRDT") -> str:
    return (
        f"<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId><TxId>{txn_id}</TxId></Refs>"
        f'<Amt Ccy="VND">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'
        f"<RltdPties><Dbtr><Pty><Nm>NGUYEN VAN A</Nm></Pty></Dbtr>"
        f"<DbtrAcct><Id><Othr><Id>8888888888</Id></Othr></Id></DbtrAcct></RltdPties>"
        f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )


def balance(code: str, amount: str, sign: str = "CRDT", ccy: str = "VND") -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="{ccy}">{amount}</Amt>'
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2025-10-05</Dt></Dt></Bal>"
    )


def statement(body: str, *, id: str = "S1", sequence: int | None = 278, ccy: str = "VND") -> str:
    number = f"<ElctrncSeqNb>{sequence}</ElctrncSeqNb>" if sequence else ""
    return (
        f"<Stmt><Id>{id}</Id>{number}<Acct><Id><Othr><Id>{ACCOUNT}</Id></Othr></Id><Ccy>{ccy}</Ccy></Acct>"
        f"{body}</Stmt>"
    )


def document(*statements: str, version: str = "08", message: str = "053") -> bytes:
    name = {"052": "BkToCstmrAcctRpt", "053": "BkToCstmrStmt", "054": "BkToCstmrDbtCdtNtfctn"}[message]
    part = {"052": "Rpt", "053": "Stmt", "054": "Ntfctn"}[message]
    inside = "".join(statements).replace("<Stmt>", f"<{part}>").replace("</Stmt>", f"</{part}>")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.{message}.001.{version}">'
        f"<{name}><GrpHdr><MsgId>M</MsgId></GrpHdr>{inside}</{name}></Document>"
    ).encode()


DAY = statement(
    balance("OPBD", "25000000")
    + balance("CLBD", "26411200")
    + entry(
        "1012300", reference="FT1", details=detail("1012300", "MBVCB.3278907687", "TD PE06000012345 0925")
    )
    + entry(
        "400000",
        reference="FT2",
        details="<Btch><NbOfTxs>2</NbOfTxs></Btch>" + detail("150000", "VA0001") + detail("250000", "VA0002"),
    )
    + entry("1100", "DBIT", "FT3", more="<RvslInd>false</RvslInd>")
)
SWIFT_DAY = """:20:STMT20251005
:25:0011001234567
:28C:278/1
:60F:C251005VND25000000,
:61:2510051005C1012300,NTRFNONREF//FT1
:86:TD PE06000012345 0925
:61:2510051005C400000,NTRFNONREF//FT2
:86:VA BATCH 2
:61:2510051005D1100,NCHGNONREF//FT3
:86:PHI
:62F:C251005VND26411200,
-
"""


def read_one(content: bytes | str) -> Statement:
    found = reading.read(content.encode() if isinstance(content, str) else content, "s")
    assert found.faults == []
    assert len(found.statements) == 1
    return found.statements[0]


def reasons(content: bytes | str) -> list[str]:
    """Everything wrong, of the file first."""
    found = reading.read(content.encode() if isinstance(content, str) else content, "s")
    codes = [fault.code for fault in found.faults]
    return codes + [fault.code for one in found.statements for fault in checking.judge(one)]
