"""The journal in words, for the customer or for staff."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import get_language, gettext

from motcua.requests.models import Entry, Note
from motcua.requests.queries import RequestView


@dataclass(frozen=True)
class Moment:
    """One line of the timeline."""

    at: datetime
    title: str
    note: str = ""
    actor: str = ""
    kind: str = ""


# What a customer need not read: it is in the step that follows, or it is ours.
QUIET_FOR_CUSTOMER = {
    "step.entered",
    "request.assigned",
    "request.routed",
    "trip.recorded",
    "late.explained",
    "data.erased",
    "supply.energised",
    "customer.rated",
    "customer.reminded",
}


def _is_quiet(entry: Entry) -> bool:
    """What happens by itself (the system's own steps) stands among the steps; what it meant is told besides."""
    by_itself = entry.name == "step.done" and entry.actor.startswith("system")
    return by_itself or entry.name in QUIET_FOR_CUSTOMER


def timeline(
    entries: Iterable[Entry], notes: Iterable[Note], view: RequestView, *, for_customer: bool
) -> list[Moment]:
    """Newest first. Notes that are not for the customer are never among theirs."""
    texts = {str(note.id): note.text for note in notes}
    found = []
    for entry in entries:
        if for_customer and _is_quiet(entry):
            continue
        note = texts.get(str(entry.payload.get("note", "")), "")
        if for_customer and entry.name == "note.added" and not note:
            continue
        found.append(Moment(entry.at, _title(entry, view), note, entry.actor, entry.name))
    return found[::-1]


def _title(entry: Entry, view: RequestView) -> str:
    language, payload = get_language(), entry.payload
    if entry.name in {"step.done", "step.entered"}:
        step = view.service.step(payload["step"])
        if entry.name == "step.entered":
            return gettext("Đến bước: %(step)s") % {"step": step.name.get(language)}
        return f"{step.name.get(language)}: {step.action(payload['action']).label.get(language)}"
    titles = {
        "request.submitted": gettext("Đã gửi yêu cầu"),
        "request.settled": gettext("Đã giải quyết xong"),
        "papers.asked": gettext("Đề nghị bổ sung giấy tờ"),
        "papers.given": gettext("Đã nhận đủ giấy tờ bổ sung"),
        "paper.added": gettext("Đã nhận giấy tờ"),
        "request.rejected": gettext("Không thực hiện được yêu cầu"),
        "request.cancelled": gettext("Đã hủy theo ý khách hàng"),
        "request.reopened": gettext("Mở lại yêu cầu"),
        "request.objected": gettext("Khách hàng phản hồi"),
        "promise.extended": gettext("Hẹn lại thời hạn"),
        "request.assigned": gettext("Giao việc"),
        "request.routed": gettext("Chuyển đơn vị"),
        "charge.paid": gettext("Đã nhận thanh toán"),
        "charge.reopened": gettext("Ngân hàng rút lại khoản thanh toán"),
        "trip.recorded": gettext("Khách hàng đến văn phòng"),
        "supply.energised": gettext("Đã đóng điện"),
        "account.changed": gettext("Hợp đồng mới, mã khách hàng mới"),
        "customer.rated": gettext("Khách hàng đánh giá"),
        "customer.reminded": gettext("Đã nhắc khách hàng"),
        "result.handed": gettext("Đã trao kết quả"),
        "note.added": gettext("Ghi chú"),
        "late.explained": gettext("Giải trình chậm hạn"),
        "data.erased": gettext("Đã xóa dữ liệu cá nhân"),
    }
    return titles.get(entry.name, entry.name)
