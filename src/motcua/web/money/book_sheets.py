"""Each report of the books as rows: names of columns, figures, where they lead."""

from __future__ import annotations

from datetime import date, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.kernel.local_time import local_date
from motcua.kernel.money import format_number
from motcua.ledger import books, chart, held
from motcua.payments import queries as payment_queries
from motcua.web import words
from motcua.web.money.sheets import Cell, Column, Sheet, Value
from motcua.web.paging import read_day_key, read_number, write_day_key
from motcua.web.staff_pages import StaffRequest

PAGE, IN_A_FILE = 200, 100_000
KINDS = {
    "RAISE": _("Ghi phải thu"), "RUN": _("Phát hành hóa đơn loạt"), "SETTLE": _("Thu tiền"), "CANCEL": _("Hủy khoản thu"),
    "RECEIVE": _("Nhận tiền chưa rõ"), "CREDIT": _("Hoàn do điều chỉnh hóa đơn"), "TRANSFER": _("Chuyển khoản nội bộ"), "REVERSE": _("Bút toán đảo"),
}  # fmt: skip


ACCOUNTS = {"131": _("Phải thu: %(kind)s"), "511": _("Doanh thu: %(kind)s")}


def account_name(code: str, name: str) -> str:
    """What an account is called; those of a kind of charge by the kind's name, which the chart has as its letters."""
    start, _dash, kind = code.partition("-")
    if start in ACCOUNTS and kind in words.CHARGE_KINDS:
        return gettext(ACCOUNTS[start]) % {"kind": gettext(words.CHARGE_KINDS[kind])}
    return name


def kind_name(kind: str) -> str:
    return gettext(KINDS.get(kind, kind))


def _numbers(*titles: str) -> list[Column]:
    return [Column(title, is_number=True) for title in titles]


def _period(first: date, last: date) -> str:
    if first == last:
        return gettext("Ngày %(day)s") % {"day": f"{first:%d/%m/%Y}"}
    return gettext("Từ %(first)s đến %(last)s") % {"first": f"{first:%d/%m/%Y}", "last": f"{last:%d/%m/%Y}"}


def _ledger_href(code: str, first: date, last: date) -> str:
    query = urlencode({"tk": code, "tu": first.isoformat(), "den": last.isoformat()})
    return f"{reverse('money:book', args=['so-cai'])}?{query}"


def _in_full(request: StaffRequest) -> bool:
    return request.GET.get("dang") in {"csv", "pdf"}


def trial_balance(_request: StaffRequest, first: date, last: date) -> Sheet:
    """Opening, movements and closing of each account; debits and credits of each pair of columns are the same."""
    lines = books.trial_balance(first, last)
    sums = [0] * 6
    rows: list[list[Value]] = []
    for line in lines:
        figures = [
            max(line.opening_vnd, 0), max(-line.opening_vnd, 0), line.debit_vnd, line.credit_vnd,
            max(line.closing_vnd, 0), max(-line.closing_vnd, 0),
        ]  # fmt: skip
        sums = [one + other for one, other in zip(sums, figures, strict=True)]
        rows.append(
            [
                Cell(line.code, _ledger_href(line.code, first, last)),
                account_name(line.code, line.name),
                *figures,
            ]
        )
    is_whole = sums[0] == sums[1] and sums[2] == sums[3] and sums[4] == sums[5]
    return Sheet(
        "can-doi",
        gettext("Bảng cân đối phát sinh"),
        _period(first, last),
        (
            Column(gettext("Tài khoản")),
            Column(gettext("Tên")),
            *_numbers(
                gettext("Dư nợ đầu"),
                gettext("Dư có đầu"),
                gettext("Phát sinh nợ"),
                gettext("Phát sinh có"),
                gettext("Dư nợ cuối"),
                gettext("Dư có cuối"),
            ),
        ),
        rows,
        [gettext("Cộng"), "", *sums],
        warning="" if is_whole else gettext("Nợ và có không bằng nhau: chạy kiểm tra sổ ngay."),
    )


def day_book(request: StaffRequest, _first: date, last: date) -> Sheet:
    """The bookings of the last day chosen, each leg a row."""
    after = read_number(request.GET.get("sau", "")) or 0
    limit = IN_A_FILE if _in_full(request) else PAGE
    found = books.page_day_book(last, after=after, limit=limit + 1)
    rows: list[list[Value]] = []
    for line in found[:limit]:
        href = reverse("money:booking", args=[line.id])
        for account, side, amount in line.legs:
            rows.append(
                [Cell(str(line.number), href), kind_name(line.kind), line.payment_code or line.reason, account,
                 amount if side == "D" else "", amount if side == "C" else ""]
            )  # fmt: skip
    next_url = ""
    if len(found) > limit:
        next_url = "?" + urlencode({"den": last.isoformat(), "sau": found[limit - 1].number})
    total = sum(line.total_vnd for line in found[:limit])
    return Sheet(
        "nhat-ky", gettext("Nhật ký chung"), _period(last, last),
        (Column(gettext("Số")), Column(gettext("Loại")), Column(gettext("Nội dung")), Column(gettext("Tài khoản")), *_numbers(gettext("Nợ"), gettext("Có"))),
        rows, [gettext("Cộng trang") if next_url or after else gettext("Cộng"), "", "", "", total, total], next_url=next_url,
    )  # fmt: skip


def account_ledger(request: StaffRequest, first: date, last: date) -> Sheet:
    """The legs of one account, with what it held before and after."""
    code = request.GET.get("tk", chart.AT_BANK)[:24]
    key = read_day_key(request.GET.get("sau", ""), int)
    after = key if key and key[0] >= first else None
    limit = IN_A_FILE if _in_full(request) else PAGE
    found = books.page_account(code, first, last, after=after, limit=limit + 1)
    rows: list[list[Value]] = [
        [f"{line.day:%d/%m/%Y}", Cell(str(line.number), reverse("money:booking", args=[line.transaction_id])),
         kind_name(line.kind), line.payment_code or line.reason, line.debit_vnd or "", line.credit_vnd or ""]
        for line in found[:limit]
    ]  # fmt: skip
    next_url = ""
    if len(found) > limit:
        mark = write_day_key(found[limit - 1].day, found[limit - 1].id)
        next_url = "?" + urlencode(
            {"tk": code, "tu": first.isoformat(), "den": last.isoformat(), "sau": mark}
        )
    opening = books.held_on(code, first - timedelta(days=1))
    closing = books.held_on(code, last)
    words_of = gettext("Dư đầu %(opening)s, dư cuối %(closing)s (nợ trừ có).") % {
        "opening": format_number(opening), "closing": format_number(closing),
    }  # fmt: skip
    sums = (sum(line.debit_vnd for line in found[:limit]), sum(line.credit_vnd for line in found[:limit]))
    return Sheet(
        "so-cai", gettext("Sổ cái tài khoản %(code)s") % {"code": code}, _period(first, last),
        (Column(gettext("Ngày")), Column(gettext("Số")), Column(gettext("Loại")), Column(gettext("Nội dung")), *_numbers(gettext("Nợ"), gettext("Có"))),
        rows, [gettext("Cộng trang") if next_url or after else gettext("Cộng"), "", "", "", *sums], (words_of,), next_url=next_url,
    )  # fmt: skip


def receipts(_request: StaffRequest, first: date, last: date) -> Sheet:
    """What came into cash, banks and clearing, what went on, what is left."""
    lines = books.money_by_channel(first, last)
    rows: list[list[Value]] = [
        [Cell(line.code, _ledger_href(line.code, first, last)), line.name, line.in_vnd, line.out_vnd, line.held_vnd]
        for line in lines
    ]  # fmt: skip
    sums = [
        sum(line.in_vnd for line in lines),
        sum(line.out_vnd for line in lines),
        sum(line.held_vnd for line in lines),
    ]
    return Sheet(
        "thu-theo-kenh", gettext("Tiền thu theo ngân hàng và kênh"), _period(first, last),
        (Column(gettext("Tài khoản")), Column(gettext("Ngân hàng, kênh")), *_numbers(gettext("Tiền vào"), gettext("Tiền ra"), gettext("Còn lại cuối kỳ"))),
        rows, [gettext("Cộng"), "", *sums],
        (gettext("138: ngân hàng, ví đã báo có mà chưa quyết toán về tài khoản 112."),),
    )  # fmt: skip


def differences(_request: StaffRequest, _first: date, last: date) -> Sheet:
    """What has not come to nothing: clearing not settled, money in suspense, drawers that did not agree."""
    rows: list[list[Value]] = []
    for line in books.money_by_channel(last, last):
        if line.code.startswith(("138-", chart.CASH_ON_THE_WAY)) and line.held_vnd:
            href = _ledger_href(line.code, last.replace(day=1), last)
            rows.append([gettext("Chưa quyết toán"), Cell(line.code, href), line.name, line.held_vnd])
    for code, name in ((chart.CASH_SHORT, gettext("Quỹ thiếu chờ xử lý")), (chart.CASH_OVER, gettext("Quỹ thừa chờ xử lý"))):  # fmt: skip
        if held := books.held_on(code, last):
            rows.append([name, Cell(code, _ledger_href(code, last.replace(day=1), last)), "", held])
    now = clock.now()
    for case in payment_queries.list_open_cases():
        age = (local_date(now) - local_date(case.opened_at)).days
        said = gettext("%(n)s ngày") % {"n": age}
        lies = Cell(chart.SUSPENSE, reverse("desk:suspense-case", args=[case.id]))
        rows.append(
            [gettext("Tiền treo"), lies, f"{words.suspense_reason(case.reason)}, {said}", -case.amount_vnd]
        )
    return Sheet(
        "chenh-lech", gettext("Chênh lệch và tiền treo"), _period(last, last),
        (Column(gettext("Loại")), Column(gettext("Tài khoản")), Column(gettext("Nội dung")), *_numbers(gettext("Số tiền"))),
        rows, (), (gettext("Số âm: bên có. Tiền treo được xử lý ở bàn việc."),),
    )  # fmt: skip


def _names(ids: list[UUID | None]) -> dict[UUID, str]:
    return dict(customer_queries.list_names([id for id in ids if id]))


def _agrees(told: dict[str, tuple[int, int]]) -> tuple[str, str]:
    """What the accounts say beside a report's sums, and the warning where they differ. `told`: by account, sum and account."""
    said = "; ".join(f"{code}: {format_number(held)} đ" for code, (_sum, held) in told.items())
    differs = any(sum_ != held for sum_, held in told.values())
    note = gettext("Số trên sổ tài khoản, %(said)s.") % {"said": said}
    return note, gettext("Báo cáo không bằng sổ tài khoản.") if differs else ""


def _owner(names: dict[UUID, str], id: UUID | None) -> str:
    return names.get(id, "") if id else ""


def deposits(_request: StaffRequest, first: date, last: date) -> Sheet:
    """Every deposit of a period: held before, come in, given back, held at the end, beside accounts 344 and 131-DC."""
    lines = held.list_deposit_moves(first, last)
    owners = _names([line.customer_id for line in lines])
    rows: list[list[Value]] = [
        [
            Cell(line.payment_code, reverse("money:deposit", args=[line.charge_id]) if line.charge_id else ""), line.account_code,
            _owner(owners, line.customer_id), line.opening_vnd, line.in_vnd, line.out_vnd, line.closing_vnd, line.owed_vnd,
        ]
        for line in lines
    ]  # fmt: skip
    sums = [
        sum(getattr(line, name) for line in lines)
        for name in ("opening_vnd", "in_vnd", "out_vnd", "closing_vnd", "owed_vnd")
    ]
    owed = books.held_on(chart.receivable("DC"), last)
    note, warning = _agrees({
        chart.DEPOSITS: (sums[3] + sums[4], -books.held_on(chart.DEPOSITS, last)),
        chart.receivable("DC"): (sums[4], owed),
    })  # fmt: skip
    return Sheet(
        "dat-coc", gettext("Tiền đặt cọc"), _period(first, last),
        (Column(gettext("Mã thanh toán")), Column(gettext("Mã khách hàng")), Column(gettext("Khách hàng")),
         *_numbers(gettext("Giữ đầu kỳ"), gettext("Nộp trong kỳ"), gettext("Trả trong kỳ"), gettext("Giữ cuối kỳ"), gettext("Chưa nộp"))),
        rows, [gettext("Cộng"), "", "", *sums], (gettext("344 = giữ cuối kỳ + chưa nộp; 131-DC = chưa nộp."), note), warning,
    )  # fmt: skip


def interest(_request: StaffRequest, first: date, last: date) -> Sheet:
    """Interest booked and paid in the period, owed at its end, beside accounts 515 and 131-LS."""
    lines = held.list_interest_moves(first, last)
    owners = _names([line.customer_id for line in lines])
    rows: list[list[Value]] = [
        [f"{line.day:%d/%m/%Y}", line.payment_code, line.account_code, _owner(owners, line.customer_id), line.description,
         line.booked_vnd, line.paid_vnd, line.owed_vnd]
        for line in lines
    ]  # fmt: skip
    sums = [sum(getattr(line, name) for line in lines) for name in ("booked_vnd", "paid_vnd", "owed_vnd")]
    receivable = chart.receivable("LS")
    note, warning = _agrees({
        chart.INTEREST_INCOME: (sums[0], books.credited_in(chart.INTEREST_INCOME, first, last)),
        receivable: (sums[2], books.held_on(receivable, last)),
    })  # fmt: skip
    return Sheet(
        "lai-cham-tra", gettext("Lãi chậm trả"), _period(first, last),
        (Column(gettext("Ngày")), Column(gettext("Mã thanh toán")), Column(gettext("Mã khách hàng")), Column(gettext("Khách hàng")),
         Column(gettext("Của khoản, từ ngày đến ngày")), *_numbers(gettext("Đã tính"), gettext("Đã thu"), gettext("Còn phải thu"))),
        rows, [gettext("Cộng"), "", "", "", "", *sums], (note,), warning,
    )  # fmt: skip


def vat_return(_request: StaffRequest, first: date, last: date) -> Sheet:
    """Output tax by rate and kind, beside the account it is booked on."""
    told = books.vat_return(first, last)
    rows: list[list[Value]] = [
        [f"{line.rate * 100:.2f} %".replace(".", ","), gettext(words.CHARGE_KINDS.get(line.kind, line.kind)), line.charges,
         line.net_vnd, line.vat_vnd]
        for line in told.lines
    ]  # fmt: skip
    booked = gettext("Tài khoản 33311 trong kỳ: %(sum)s đ.") % {"sum": format_number(told.booked_vnd)}
    return Sheet(
        "thue", gettext("Thuế GTGT đầu ra"), _period(first, last),
        (Column(gettext("Thuế suất")), Column(gettext("Loại khoản")), *_numbers(gettext("Số khoản"), gettext("Tiền trước thuế"), gettext("Tiền thuế"))),
        rows, [gettext("Cộng"), "", sum(line.charges for line in told.lines), sum(line.net_vnd for line in told.lines), told.vat_vnd],
        (booked,), "" if told.vat_vnd == told.booked_vnd else gettext("Tiền thuế của các khoản không bằng tài khoản 33311."),
    )  # fmt: skip
