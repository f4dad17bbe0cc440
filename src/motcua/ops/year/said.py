"""What customers of the year say: phones, answers of each service. All made up, all a function of the number."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from motcua.kernel.local_time import local_date
from motcua.ops.year.names import name_of
from motcua.ops.year.plan import Planned

_NETWORKS = ("090", "091", "093", "094", "096", "097", "098")
QUESTIONS = {
    "PRICE_BILL": "Cho tôi hỏi hóa đơn tháng này tính theo bậc nào?",
    "INTERRUPTION": "Khu nhà tôi khi nào có điện lại?",
    "PROCEDURE": "Muốn sang tên hợp đồng thì cần giấy tờ gì?",
    "METER": "Bao giờ đọc chỉ số công tơ nhà tôi?",
    "SAFETY_SAVING": "Dùng điều hòa thế nào cho tiết kiệm?",
    "OTHER": "Xin cho hỏi giờ làm việc của điện lực.",
}


def phone_of(item: Planned, more: int = 0) -> str:
    """The customer's number, or the new one they want (`more`)."""
    n = item.number * 7919 + more
    return f"{_NETWORKS[n % len(_NETWORKS)]}{n // len(_NETWORKS) % 10_000_000:07d}"


def identity_of(number: int, company: int) -> str:
    """A card number: of a holder of an account, or (from half of the range on) of whoever is new."""
    return f"0011{company}{number:07d}"


def why_stopped(item: Planned) -> str:
    """Why there is no electricity at the account: a debt, since paid, for which the fee is due; or work for safety."""
    return "DEBT" if item.paid else "SAFETY"


def ends_on(item: Planned) -> date:
    """The last day of the contract that is to be extended: after every answer to the request, also a late one."""
    return local_date(item.sent_at) + timedelta(days=45)


def answers_of(item: Planned, *, account_code: str, province_code: str, province_name: str, company: int) -> dict[str, Any]:  # fmt: skip
    """The answers of the request's form."""
    who = {"full_name": name_of(item.name), "phone": phone_of(item)}
    new = {"full_name": name_of(1 - item.name), "phone": phone_of(item), "id_number": identity_of(5_000_000 + item.number, company)}  # fmt: skip
    where = {"text": f"Số {item.number % 900 + 1}, {province_name}", "province_code": province_code}
    on_account = {**who, "account_code": account_code}
    visited = {**on_account, "visit_time": "ANY"}
    home = {"right_to_place": "OWN", "phases": "ONE"}
    site = {**new, "place": where, "visit_time": "ANY"}
    organisation = {"organisation": f"Công ty TNHH {name_of(item.name)}"}
    told: dict[str, dict[str, Any]] = {
        "INFO": {"topic": item.topic, "question": QUESTIONS[item.topic], "account_code": account_code},
        "FAULT": {
            "danger": False, "what": "NO_POWER_AREA", "phone": who["phone"],
            "place": {**where, "text": f"Cột {item.number % 400}, {province_name}"},
        },
        "COMPLAINT": {**on_account, "about": "BILL", "story": "Tiền điện cao hơn tháng trước."},
        "NEW-LV-RES": {**site, **home, "has_meter": False},
        "NEW-LV-SHARED": {**site, **home, "households": 3},
        "NEW-LV-SPLIT": {**visited, **new, "phases": "ONE", "debts": "PAID", "households": 1},
        "NEW-LV-SHORT": {**site, "purpose": "PRODUCTION", "capacity_kw": "15", "months": 6, "security": "GUARANTEE"},
        "NEW-LV-NRES": {**site, "purpose": "BUSINESS", "capacity_kw": "15"},
        "NEW-LV-NRES40": {**site, **organisation, "purpose": "PRODUCTION", "capacity_kw": "100"},
        "NEW-MV": {**site, **organisation, "purpose": "PRODUCTION", "capacity_kw": "250"},
        "CHG-HOLDER": {**visited, **new, "consent": "OLD_SIGNS", "takes_over_debt": False},
        "METER-CHECK": {**visited, "what": "FAST"},
        "CHG-INFO": {**on_account, "what": ["PHONE"], "new_phone": phone_of(item, 1)},
        "CHG-QUOTA": {**on_account, "who_lives": "HOMES", "households": 2},
        "MOVE-METER": {**visited, "same_address": True, "new_spot": "Ra cột ngoài ngõ", "spot_owner": "OWN"},
        "CHG-CAPACITY": {**visited, "change": "MORE", "capacity_kw": "10"},
        "CHG-PURPOSE": {**visited, "purpose": "BUSINESS"},
        "RECONNECT": {**visited, "stop_reason": why_stopped(item)},
        "EXTEND": {**on_account, "until": f"{ends_on(item) + timedelta(days=180)}"},
        "TERMINATE": {**visited, "why": "MOVING"},
    }  # fmt: skip
    return told[item.service]
