"""What is done for each planned request after it was sent: by whom is written beside the plan, when and with what here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from motcua.ops.year import plan
from motcua.ops.year.mix import THREE_PRICES
from motcua.ops.year.plan import Planned

PAY = "paid"  # the customer's own act: money, not a button
SURVEY_AFTER, VISIT_AFTER, PAY_AFTER = timedelta(hours=20), timedelta(hours=22), timedelta(hours=4)
LIGHT_AFTER = timedelta(hours=46)


@dataclass(frozen=True)
class Act:
    """One act on a request; `is_signed`: the contract is signed before it."""

    action: str
    at: datetime
    inputs: Mapping[str, Any] = field(default_factory=dict)
    is_signed: bool = False


def acts_of(item: Planned, serial: str) -> list[Act]:
    """The acts in their order; `serial`: of the meter to hang. One that stays open stops somewhere on its way."""
    if item.end == "CANCELLED":
        return []
    acts = ROUTES[item.service](item, serial)
    if item.ended_at is None:
        return acts[: int(item.pace * len(acts))]
    return [*acts[:-1], Act(acts[-1].action, item.ended_at, acts[-1].inputs, acts[-1].is_signed)]


def _accepted(item: Planned) -> datetime:
    return item.sent_at + timedelta(minutes=20 + int(item.pace * 100))


def _visited(item: Planned) -> datetime:
    return item.sent_at + VISIT_AFTER + timedelta(minutes=int(item.pace * 360))


def _last(action: str, item: Planned, **inputs: Any) -> Act:
    """The act that ends the request: when, the plan says."""
    return Act(action, item.ended_at or _visited(item), inputs)


def _answered(action: str) -> Callable[[Planned, str], list[Act]]:
    return lambda item, serial: [_last(action, item, answer=ANSWERS[item.service])]


ANSWERS = {
    "INFO": "Chúng tôi đã kiểm tra và trả lời như trên hóa đơn và thông báo của đơn vị.",
    "FAULT": "Khu vực đang cắt điện theo lịch, dự kiến có điện lại trong ngày.",
    "COMPLAINT": "Chúng tôi đã kiểm tra, giải thích và xin lỗi quý khách.",
}


def _new_supply(item: Planned, serial: str) -> list[Act]:
    """Checked (and surveyed), paid where it costs anything, signed the next day, lit the day after."""
    hung = item.sent_at + LIGHT_AFTER - timedelta(minutes=30)
    cost: dict[str, Any] = (
        {"cost_vnd": plan.COST_VND, "cost_note": "15 m cáp"} if item.paid else {"cost_vnd": 0}
    )
    surveyed = item.is_surveyed and not item.paid
    acts = [
        Act("accept", _accepted(item), {"is_rural": item.is_rural, "needs_survey": surveyed, **({} if surveyed else cost)})
    ]  # fmt: skip
    if surveyed:
        found = {"needs_pole": False, "needs_cable": False, "breaker_amps": 40, "may_sign_now": False, **cost}
        acts.append(Act("surveyed", item.sent_at + SURVEY_AFTER, found))
    if item.paid:
        acts.append(Act(PAY, item.sent_at + PAY_AFTER))
    return [*acts, Act("signed", _visited(item), is_signed=True), *_lit(item, serial, hung)]


def _lit(item: Planned, serial: str, hung: datetime) -> list[Act]:
    """The meter hangs, with a reading for each of its prices, and the light is on."""
    shown = ("first_reading", "first_reading_cd", "first_reading_td")
    readings = dict.fromkeys(shown if item.kind.meter == THREE_PRICES else shown[:1], "0")
    return [
        Act("installed", hung, {"meter_serial": serial, **readings, "seals": f"C{item.number}"}),
        Act("energised", item.ended_at or hung + timedelta(hours=1)),
    ]


def _medium_voltage(item: Planned, serial: str) -> list[Act]:
    """Surveyed and agreed within two days; then the customer builds; tested, signed and lit in the two days after that."""
    built = item.sent_at + timedelta(days=plan.DAYS_OF_WORKS)
    found = {"connection_point": f"Cột {item.number % 400} lộ 371", "can_serve": True}
    return [
        Act("accept", _accepted(item)),
        Act("surveyed", item.sent_at + SURVEY_AFTER, found),
        Act("agreed", item.sent_at + LIGHT_AFTER, {"answer": "Đấu nối tại điểm đã khảo sát, khách hàng tự đầu tư trạm."}),
        Act("works_done", built),
        Act("passed", built + timedelta(hours=20)),
        Act("signed", built + timedelta(days=1), is_signed=True),
        *_lit(item, serial, built + timedelta(days=1, hours=21)),
    ]  # fmt: skip


def _change_holder(item: Planned, serial: str) -> list[Act]:
    signed = _last("signed", item, handover_reading="1250")
    return [
        Act("accept", _accepted(item), {"consent_seen": "YES"}),
        Act(signed.action, signed.at, signed.inputs, is_signed=True),
    ]


def _move_meter(item: Planned, serial: str) -> list[Act]:
    return [
        Act("accept", _accepted(item)),
        Act("surveyed", item.sent_at + SURVEY_AFTER, {"cost_vnd": 0}),
        _last(
            "moved", item, move_reading="1250", pole_number=f"C{item.number % 400}", seals=f"D{item.number}"
        ),
    ]


def _check_meter(item: Planned, serial: str) -> list[Act]:
    found = {"verdict": "RIGHT", "check_reading": "1250", "meter_replaced": False, "wants_test": False}
    return [
        Act("checked", item.sent_at + SURVEY_AFTER, found),
        _last("answered", item, answer="Công tơ chạy đúng, sai số trong giới hạn."),
    ]


def _change_capacity(item: Planned, serial: str) -> list[Act]:
    accepted = {"is_rural": item.is_rural, "needs_survey": False, "cost_vnd": 0}
    changed = _last("changed", item, new_breaker_amps=63, meter_changed=False, seals=f"E{item.number}")
    return [Act("accept", _accepted(item), accepted), Act(changed.action, changed.at, changed.inputs, is_signed=True)]  # fmt: skip


def _terminate(item: Planned, serial: str) -> list[Act]:
    return [
        Act("accept", _accepted(item)),
        Act("removed", item.sent_at + SURVEY_AFTER, {"last_reading": "1250"}),
        _last("billed", item, final_vnd=0),
    ]


def _reconnect(item: Planned, serial: str) -> list[Act]:
    """Free where the stop was the company's own affair; else the fee is paid before the crew comes."""
    fee = {"fee_due": True, "voltage": "LE_038KV", "is_home": True} if item.paid else {"fee_due": False}
    paid = [Act(PAY, item.sent_at + PAY_AFTER)] if item.paid else []
    return [Act("accept", _accepted(item), fee), *paid, _last("reconnected", item)]


def _change_purpose(item: Planned, serial: str) -> list[Act]:
    signed = _last("signed", item, purpose_seen=True, purpose_reading="1250")
    return [Act("accept", _accepted(item)), Act(signed.action, signed.at, signed.inputs, is_signed=True)]


ROUTES: Mapping[str, Callable[[Planned, str], list[Act]]] = {
    "INFO": _answered("answer"),
    "FAULT": _answered("known"),
    "COMPLAINT": _answered("settled_at_once"),
    "NEW-LV-RES": _new_supply,
    "NEW-LV-NRES": _new_supply,
    "CHG-HOLDER": _change_holder,
    "METER-CHECK": _check_meter,
    "CHG-INFO": lambda item, serial: [_last("verified", item, verified_by="CALLED")],
    "CHG-QUOTA": lambda item, serial: [_last("accept", item, quota_agreed=2)],
    "MOVE-METER": _move_meter,
    "CHG-CAPACITY": _change_capacity,
    "TERMINATE": _terminate,
    "RECONNECT": _reconnect,
    "CHG-PURPOSE": _change_purpose,
    "EXTEND": lambda item, serial: [_last("accept", item)],
    "NEW-LV-NRES40": _new_supply,
    "NEW-LV-SHARED": _new_supply,
    "NEW-LV-SPLIT": _new_supply,
    "NEW-LV-SHORT": _new_supply,
    "NEW-MV": _medium_voltage,
}
