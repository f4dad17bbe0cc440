"""The accounts that every company starts with. Numbers follow the habit of Vietnamese bookkeeping."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from motcua.kernel import codes


class AccountKind(StrEnum):
    ASSET = "ASSET"
    LIABILITY = "LIABILITY"
    REVENUE = "REVENUE"
    EXPENSE = "EXPENSE"


class Side(StrEnum):
    DEBIT = "D"
    CREDIT = "C"

    @property
    def other(self) -> Side:
        return Side.CREDIT if self is Side.DEBIT else Side.DEBIT


NORMAL_SIDE = {
    AccountKind.ASSET: Side.DEBIT,
    AccountKind.EXPENSE: Side.DEBIT,
    AccountKind.LIABILITY: Side.CREDIT,
    AccountKind.REVENUE: Side.CREDIT,
}

CASH = "111"
AT_BANK = "112"
CASH_ON_THE_WAY = "113"
OUTPUT_VAT = "33311"
CUSTOMER_CREDIT = "3387"
SUSPENSE = "3388"
CHANNEL_FEES = "6417"
CASH_SHORT = "1381"
CASH_OVER = "3381"
DEPOSITS = "344"
INTEREST_INCOME = "515"
BUSY_STRIPES = 16


def receivable(charge_kind: str) -> str:
    """The account of what customers owe for this kind of charge."""
    return f"131-{charge_kind}"


def revenue(charge_kind: str) -> str:
    return f"511-{charge_kind}"


def income(charge_kind: str) -> str:
    """What a charge is raised against: revenue; of a deposit what we hold for the customer; of interest, income of money."""
    return {"DC": DEPOSITS, "LS": INTEREST_INCOME}.get(charge_kind, revenue(charge_kind))


def clearing(channel: str) -> str:
    """The account of money that a bank or wallet has told us of and not yet settled."""
    return f"138-{channel}"


@dataclass(frozen=True)
class AccountLine:
    code: str
    kind: AccountKind
    name: str
    charge_kind: str = ""
    stripes: int = 1


def _lines() -> tuple[AccountLine, ...]:
    lines = [
        AccountLine(CASH, AccountKind.ASSET, "Tiền mặt tại quầy", stripes=8),
        AccountLine(CASH_ON_THE_WAY, AccountKind.ASSET, "Tiền đang chuyển", stripes=8),
        AccountLine(AT_BANK, AccountKind.ASSET, "Tiền gửi ngân hàng", stripes=8),
        AccountLine(OUTPUT_VAT, AccountKind.LIABILITY, "Thuế GTGT đầu ra", stripes=BUSY_STRIPES),
        AccountLine(
            CUSTOMER_CREDIT, AccountKind.LIABILITY, "Khách hàng trả trước, trả thừa", stripes=BUSY_STRIPES
        ),
        AccountLine(SUSPENSE, AccountKind.LIABILITY, "Tiền chờ xác định", stripes=BUSY_STRIPES),
        AccountLine(CHANNEL_FEES, AccountKind.EXPENSE, "Phí kênh thu"),
        AccountLine(CASH_SHORT, AccountKind.ASSET, "Tài sản thiếu chờ xử lý"),
        AccountLine(CASH_OVER, AccountKind.LIABILITY, "Tài sản thừa chờ xử lý"),
        AccountLine(DEPOSITS, AccountKind.LIABILITY, "Nhận ký quỹ, ký cược, đặt cọc", stripes=8),
        AccountLine(INTEREST_INCOME, AccountKind.REVENUE, "Doanh thu hoạt động tài chính", "LS"),
    ]
    for kind in codes.CHARGE_KINDS:
        lines.append(AccountLine(receivable(kind), AccountKind.ASSET, f"Phải thu {kind}", kind, BUSY_STRIPES))
        if income(kind) == revenue(kind):
            lines.append(
                AccountLine(revenue(kind), AccountKind.REVENUE, f"Doanh thu {kind}", kind, BUSY_STRIPES)
            )
    return tuple(lines)


CHART = _lines()
