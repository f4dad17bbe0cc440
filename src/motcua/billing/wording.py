"""Bills in plain sentences, in the reader's language: for pages, papers and the assistant alike."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from motcua.billing.queries import BillView
from motcua.billing.rules.comparing import Comparison, Why
from motcua.kernel.money import format_number, format_vnd

PARTS = {
    "ONE": _("Mọi giờ"),
    "NORMAL": _("Giờ bình thường"),
    "OFF_PEAK": _("Giờ thấp điểm"),
    "PEAK": _("Giờ cao điểm"),
    "UNDECLARED": _("Người thuê chưa khai"),
    "CAPACITY": _("Công suất"),
}
RELIEFS = {
    "COVID_1_LODGING": _("giá sản xuất, đợt giảm 2020 cho lưu trú du lịch"),
    "COVID_3_LODGING": _("giá sản xuất, đợt giảm 2021 cho lưu trú du lịch"),
}
REGISTERS = {
    "KT": _("Một giá"),
    "BT": _("Giờ bình thường"),
    "CD": _("Giờ cao điểm"),
    "TD": _("Giờ thấp điểm"),
    "VC": _("Điện năng phản kháng"),
}
GROUPS = {
    "HOME": _("Sinh hoạt"),
    "HOME_PREPAID": _("Sinh hoạt, thẻ trả trước"),
    "PRODUCTION": _("Sản xuất"),
    "PRODUCTION_TWO_PART": _("Sản xuất, giá hai thành phần (thí điểm)"),
    "BUSINESS": _("Kinh doanh, dịch vụ"),
    "LODGING": _("Lưu trú du lịch"),
    "EV_CHARGING": _("Trạm sạc xe điện"),
    "HOSPITAL_SCHOOL": _("Bệnh viện, trường học, nhà trẻ"),
    "ADMIN_LIGHTING": _("Chiếu sáng công cộng, cơ quan hành chính"),
    "WHOLESALE_RURAL": _("Bán buôn: nông thôn"),
    "WHOLESALE_RURAL_OTHER": _("Bán buôn: nông thôn; mục đích khác"),
    "WHOLESALE_URBAN_SELLER_TRANSFORMER": _("Bán buôn: khu tập thể, cụm dân cư đô thị, trạm của bên bán"),
    "WHOLESALE_URBAN_SELLER_TRANSFORMER_OTHER": _(
        "Bán buôn: khu tập thể, cụm dân cư đô thị, trạm của bên bán; mục đích khác"
    ),
    "WHOLESALE_URBAN_BUYER_TRANSFORMER": _("Bán buôn: khu tập thể, cụm dân cư đô thị, trạm của bên mua"),
    "WHOLESALE_URBAN_BUYER_TRANSFORMER_OTHER": _(
        "Bán buôn: khu tập thể, cụm dân cư đô thị, trạm của bên mua; mục đích khác"
    ),
    "WHOLESALE_TOWN_SELLER_TRANSFORMER": _("Bán buôn: khu tập thể, cụm dân cư thị trấn, trạm của bên bán"),
    "WHOLESALE_TOWN_SELLER_TRANSFORMER_OTHER": _(
        "Bán buôn: khu tập thể, cụm dân cư thị trấn, trạm của bên bán; mục đích khác"
    ),
    "WHOLESALE_TOWN_BUYER_TRANSFORMER": _("Bán buôn: khu tập thể, cụm dân cư thị trấn, trạm của bên mua"),
    "WHOLESALE_TOWN_BUYER_TRANSFORMER_OTHER": _(
        "Bán buôn: khu tập thể, cụm dân cư thị trấn, trạm của bên mua; mục đích khác"
    ),
    "WHOLESALE_MIXED_COMPLEX": _("Bán buôn: tổ hợp thương mại, dịch vụ, sinh hoạt"),
    "WHOLESALE_MIXED_COMPLEX_OTHER": _("Bán buôn: tổ hợp thương mại, dịch vụ, sinh hoạt; mục đích khác"),
    "WHOLESALE_INDUSTRIAL_ZONE": _("Bán buôn: khu công nghiệp"),
    "WHOLESALE_MARKET": _("Bán buôn: chợ"),
}
VOLTAGES = {
    "LT_6KV": _("dưới 6 kV"),
    "KV6_22": _("từ 6 đến dưới 22 kV"),
    "KV22_110": _("từ 22 đến dưới 110 kV"),
    "GE_6KV": _("từ 6 kV"),
    "GE_22KV": _("từ 22 kV"),
    "GE_110KV": _("từ 110 kV"),
}
_WHY = {
    Why.PRICES: _("giá điện khác"),
    Why.DAYS: _("số ngày của kỳ khác, nên định mức các bậc khác"),
    Why.QUOTAS: _("số hộ tính giá khác"),
    Why.RELIEF: _("đợt giảm giá khác"),
    Why.REACTIVE: _("tiền điện năng phản kháng"),
    Why.VAT: _("thuế suất khác"),
}


def part_name(rule: str) -> str:
    """What a line is called: TIER_2 is "Bậc 2", PEAK "Giờ cao điểm"."""
    code = rule.split(" ")[0]
    if code.startswith("TIER_"):
        return gettext("Bậc %(n)s") % {"n": code[5:]}
    return str(PARTS.get(code, code))


def group_name(code: str) -> str:
    """A group of prices; its code where it has no name here."""
    return str(GROUPS.get(code, code))


def voltage_name(code: str) -> str:
    return str(VOLTAGES.get(code, code))


def relief_name(code: str) -> str:
    """What a relief that lends another group's price is called; others by their percentage."""
    return str(RELIEFS.get(code, code.replace("_", " ")))


def register_name(register: str) -> str:
    return str(REGISTERS.get(register, register))


def month_name(bill: BillView) -> str:
    """ "tháng 10/2026", with the period's number where a month has several."""
    month = gettext("tháng %(month)s") % {"month": f"{bill.billing_month:%m/%Y}".lstrip("0")}
    if bill.period > 1:
        return gettext("%(month)s kỳ %(n)s") % {"month": month, "n": bill.period}
    return month


def period_words(bill: BillView) -> str:
    return gettext("từ %(start)s đến %(end)s, %(days)s ngày") % {
        "start": f"{bill.from_day:%d/%m/%Y}", "end": f"{bill.to_day:%d/%m/%Y}", "days": bill.days,
    }  # fmt: skip


def compared(
    bill: BillView, told: Comparison, *, with_money: bool = True, to_year: bool = False
) -> list[str]:
    """How a bill differs from an earlier one and why, the use first. `to_year`: the earlier one is of the same month a year ago."""
    than = (
        gettext("cùng tháng năm trước")
        if to_year
        else gettext("tháng %(month)s") % {"month": f"{told.before_month:%m/%Y}".lstrip("0")}
    )
    sentences = [_of_use(bill, told, than), _of_days(told)]
    if with_money:
        sentences += [_of_money(told, than), _of_tier(told)]
    return [sentence for sentence in sentences if sentence]


def _of_use(bill: BillView, told: Comparison, than: str) -> str:
    facts = {"now": format_number(bill.kwh), "kwh": format_number(abs(told.kwh)), "than": than}
    if not told.kwh:
        return gettext("Kỳ này dùng %(now)s kWh, bằng %(than)s.") % facts
    if told.percent_kwh is None or not told.percent_kwh:
        words = (
            gettext("Kỳ này dùng %(now)s kWh, nhiều hơn %(than)s %(kwh)s kWh.")
            if told.kwh > 0
            else gettext("Kỳ này dùng %(now)s kWh, ít hơn %(than)s %(kwh)s kWh.")
        )
        return words % facts
    words = (
        gettext("Kỳ này dùng %(now)s kWh, nhiều hơn %(than)s %(kwh)s kWh (%(percent)s %%).")
        if told.kwh > 0
        else gettext("Kỳ này dùng %(now)s kWh, ít hơn %(than)s %(kwh)s kWh (%(percent)s %%).")
    )
    return words % {**facts, "percent": abs(told.percent_kwh)}


def _of_days(told: Comparison) -> str:
    """Why the use is another: the days, and what was used a day."""
    a_day = {"now": decimal(told.kwh_a_day), "before": decimal(told.kwh_a_day_before)}
    if told.days:
        facts = {**a_day, "days": abs(told.days), "kwh": format_number(abs(told.kwh_of_days))}
        words = (
            gettext(
                "Kỳ này dài hơn %(days)s ngày, riêng số ngày đó khoảng %(kwh)s kWh. Tính theo ngày: %(now)s kWh một ngày, trước là %(before)s kWh."
            )
            if told.days > 0
            else gettext(
                "Kỳ này ngắn hơn %(days)s ngày, riêng số ngày đó khoảng %(kwh)s kWh. Tính theo ngày: %(now)s kWh một ngày, trước là %(before)s kWh."
            )
        )
        return words % facts
    if told.kwh:
        return gettext("Hai kỳ cùng số ngày: mỗi ngày dùng %(now)s kWh, trước là %(before)s kWh.") % a_day
    return ""


def _of_money(told: Comparison, than: str) -> str:
    if not told.vnd:
        return gettext("Số tiền bằng %(than)s.") % {"than": than}
    facts = {"vnd": format_vnd(abs(told.vnd)), "than": than}
    head = (
        gettext("Số tiền nhiều hơn %(than)s %(vnd)s.")
        if told.vnd > 0
        else gettext("Số tiền ít hơn %(than)s %(vnd)s.")
    ) % facts
    if told.vnd_of_use is None or told.vnd_of_rest is None or not told.vnd_of_rest:
        return head
    why = ", ".join(str(_WHY[one]) for one in told.why)
    parts = []
    if told.vnd_of_use:
        parts.append(gettext("vì lượng điện dùng: %(vnd)s") % {"vnd": signed_vnd(told.vnd_of_use)})
    if why:
        parts.append(gettext("vì %(why)s: %(vnd)s") % {"why": why, "vnd": signed_vnd(told.vnd_of_rest)})
    return gettext("%(head)s Trong đó %(parts)s.") % {"head": head, "parts": "; ".join(parts)}


def _of_tier(told: Comparison) -> str:
    if not told.reached_dearer_tier:
        return ""
    return gettext(
        "Một phần điện kỳ này rơi vào bậc %(tier)s, giá %(price)s một kWh; kỳ kia chỉ đến bậc %(before)s."
    ) % {
        "tier": told.top_tier,
        "price": format_vnd(told.top_price_vnd),
        "before": told.top_tier_before,
    }


def signed_vnd(amount_vnd: int) -> str:
    """ "+12.000 đ", "−3.000 đ": more or less to pay."""
    sign = "+" if amount_vnd > 0 else "\N{MINUS SIGN}" if amount_vnd < 0 else ""
    return f"{sign}{format_vnd(abs(amount_vnd))}"


def decimal(value: Decimal) -> str:
    """One decimal as people write it: 10,5 in Vietnamese."""
    told = f"{value:,.1f}"
    if (get_language() or "vi").startswith("en"):
        return told
    return told.translate(str.maketrans(",.", ".,"))


def decimal_plain(value: Decimal) -> str:
    """As many decimals as there are: 1,25 and 12,5 and 3 in Vietnamese."""
    told = f"{value.normalize():f}"
    return told if (get_language() or "vi").startswith("en") else told.replace(".", ",")
