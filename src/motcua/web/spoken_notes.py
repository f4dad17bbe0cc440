"""Writing down a call or what was said at the counter: who, about what, which request; in the customer's thread once staff
made sure of who it was. Shared by the desk and the counter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from motcua.companies import operations as company_ops
from motcua.config import clock
from motcua.customers import access as customer_access
from motcua.customers import queries as customer_queries
from motcua.customers.queries import CustomerView
from motcua.kernel import phones
from motcua.kernel.ids import new_id, parse_id
from motcua.kernel.local_time import local_date
from motcua.kernel.results import NotFound
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import spoken
from motcua.requests import access as request_access
from motcua.requests.queries import RequestView
from motcua.web.finding import LONGEST, find_contract, find_customers
from motcua.web.staff_pages import StaffRequest

LONGEST_SUMMARY, LONGEST_REASON, LONGEST_NAME, SHORTEST_REASON = 4000, 300, 120, 5
TOPICS = {
    "POWER_CUT": _("Mất điện, sự cố"),
    "BILL": _("Hóa đơn, thanh toán"),
    "REQUEST": _("Yêu cầu đang làm"),
    "SERVICE": _("Hỏi dịch vụ, thủ tục"),
    "COMPLAINT": _("Khiếu nại, góp ý"),
    "OTHER": _("Việc khác"),
}
DIRECTIONS = {
    "IN": _("Khách gọi đến"),
    "OUT": _("Nhân viên gọi đi"),
    "MISSED": _("Gọi đi, khách không nghe máy"),
}
FIND, KEEP = "tim", "ghi"


@dataclass(frozen=True)
class Place:
    """Where somebody spoke: the channel, the page's address and words."""

    channel: str
    url_name: str
    back: str
    title: str
    lead: str
    head: str


PHONE = Place(
    spoken.PHONE, "desk:phone-note", "desk:call", _("Ghi cuộc gọi"),
    _("Ai gọi, việc gì, đã trả lời thế nào. Ghi chú nằm trong hội thoại của khách, chỉ nhân viên thấy."), _("Cuộc gọi"),
)  # fmt: skip
COUNTER = Place(
    spoken.COUNTER, "counter:note", "counter:home", _("Ghi việc tại quầy"),
    _("Khách hỏi gì, đã trả lời thế nào khi không lập phiếu. Ghi chú nằm trong hội thoại của khách, chỉ nhân viên thấy."),
    _("Tại quầy"),
)  # fmt: skip


@dataclass
class Typed:
    """The form as it stands."""

    values: dict[str, str]
    key: str
    customer: CustomerView | None = None
    about: RequestView | None = None
    problems: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.values.get(name, "")


NAMES = ("number", "who", "direction", "topic", "summary", "request", "reason", "find")


def page(request: StaffRequest, place: Place) -> HttpResponse:
    """Show the form, look for the customer, or keep the note."""
    told: Mapping[str, str] = request.POST if request.method == "POST" else _asked(request)
    limits = {"summary": LONGEST_SUMMARY, "reason": LONGEST_REASON}
    values = {name: told.get(name, "").strip()[: limits.get(name, LONGEST_NAME)] for name in NAMES}
    typed = Typed(
        values, told.get("key", "")[:40] or new_id(clock.now()).hex, _customer(request, told.get("khach", ""))
    )
    if request.method != "POST":
        return _render(request, place, typed)
    wanted = request.POST.get("viec", KEEP)
    if wanted != KEEP:
        return _render(request, place, typed)
    _check(request, place, typed)
    if typed.problems:
        return _render(request, place, typed, status=422)
    return _keep(request, place, typed, clock.now())


def _asked(request: StaffRequest) -> dict[str, str]:
    """What a link brings along: the number, the customer, the request."""
    return {
        "number": request.GET.get("dt", ""), "khach": request.GET.get("khach", ""), "request": request.GET.get("yeu-cau", ""),
        "direction": "IN", "find": request.GET.get("dt", ""),
    }  # fmt: skip


def _customer(request: StaffRequest, text: str) -> CustomerView | None:
    id = parse_id(text)
    if id is None:
        return None
    try:
        return customer_access.access_customer(
            actor=request.actor, customer_id=customer_queries.survivor_id(id), on=local_date(clock.now())
        )
    except NotFound:
        return None


def _check(request: StaffRequest, place: Place, typed: Typed) -> None:
    problems: dict[str, str] = {}
    number = phones.normalise(typed.text("number")) if typed.text("number") else ""
    if number is None:
        problems["number"] = gettext("Số điện thoại chưa đúng. Ví dụ: 0901 234 567")
    if not typed.text("summary"):
        problems["summary"] = gettext("Hãy ghi khách cần gì và đã trả lời thế nào.")
    if typed.text("topic") not in TOPICS:
        problems["topic"] = gettext("Hãy chọn chủ đề.")
    if place is PHONE and typed.text("direction") not in DIRECTIONS:
        problems["direction"] = gettext("Hãy chọn ai gọi cho ai.")
    if typed.customer is not None and len(typed.text("reason")) < SHORTEST_REASON:
        problems["reason"] = gettext("Hãy ghi đã làm gì để biết đúng là khách này.")
    if typed.text("request"):
        try:
            typed.about = request_access.access_by_number(actor=request.actor, number=typed.text("request"))
        except NotFound:
            problems["request"] = gettext("Không có yêu cầu mang mã này ở đơn vị anh/chị.")
    typed.problems = problems


def _keep(request: StaffRequest, place: Place, typed: Typed, at: datetime) -> HttpResponse:
    number = phones.normalise(typed.text("number")) or ""
    customer_id: UUID | None = typed.customer.id if typed.customer is not None else None
    said = spoken.write_down(
        channel=place.channel, key=f"spoken:{typed.key}", text=_text(place, typed, number), author=request.actor, at=at,
        number=number, customer_id=customer_id, request_id=typed.about.id if typed.about else None,
        unit_code=typed.about.unit_code if typed.about and customer_id is None else "",
        facts={"topic": typed.text("topic"), "direction": typed.text("direction") if place is PHONE else ""},
    )  # fmt: skip
    if said.is_new:
        company_ops.record_audit(
            actor=request.actor, verb="conversation.spoken", subject_type="conversation", subject_id=str(said.conversation_id), at=at,
            facts={"channel": place.channel, "topic": typed.text("topic"), "customer": str(customer_id or ""),
                   "checked": typed.text("reason") if customer_id else ""},
        )  # fmt: skip
    messages.success(request, gettext("Đã ghi vào hội thoại."))
    return redirect("desk:conversation", conversation_id=said.conversation_id)


def _text(place: Place, typed: Typed, number: str) -> str:
    """The note as it stands in the thread."""
    head = gettext(DIRECTIONS[typed.text("direction")]) if place is PHONE else gettext(place.head)
    who = " · ".join(
        part for part in (head, typed.text("who"), phones.display(number) if number else "") if part
    )
    lines = [who, gettext("Chủ đề: %(topic)s") % {"topic": gettext(TOPICS[typed.text("topic")])}]
    if typed.about is not None:
        lines.append(gettext("Yêu cầu: %(number)s") % {"number": typed.about.number})
    lines.append(typed.text("summary"))
    if typed.customer is not None:
        lines.append(gettext("Đã kiểm tra người nói: %(how)s") % {"how": typed.text("reason")})
    return "\n".join(lines)


def _render(request: StaffRequest, place: Place, typed: Typed, *, status: int = 200) -> HttpResponse:
    text = typed.text("find")[:LONGEST]
    found = find_customers(text, find_contract(text)) if text and typed.customer is None else []
    if text and typed.customer is None:
        company_ops.record_audit(
            actor=request.actor, verb="desk.searched", subject_type="search", subject_id="", at=clock.now(),
            facts={"found": len(found)},
        )  # fmt: skip
    context: dict[str, Any] = {
        "place": place, "title": gettext(place.title), "lead": gettext(place.lead), "typed": typed, "values": typed.values,
        "is_call": place is PHONE, "found": found, "looked_for": text, "problems": typed.problems,
        "fields": _fields(place, typed), "reason": _reason(typed), "back": reverse(place.back), "here": reverse(place.url_name),
    }  # fmt: skip
    return render(request, "desk/spoken_note.html", context, status=status)


def _fields(place: Place, typed: Typed) -> list[dict[str, Any]]:
    """What is asked about the talk itself, in order."""
    fields = [
        _field(
            typed,
            "number",
            "tel",
            gettext("Số điện thoại"),
            required=False,
            help=gettext("Để trống nếu ẩn số.") if place is PHONE else "",
        ),
        _field(typed, "who", "text", gettext("Người nói xưng là ai"), required=False),
        _choice(typed, "topic", gettext("Chủ đề"), TOPICS),
        _field(
            typed,
            "request",
            "text",
            gettext("Mã yêu cầu"),
            required=False,
            help=gettext("Nếu nói về một yêu cầu, ví dụ HN26-000123-4."),
        ),
        _field(
            typed,
            "summary",
            "textarea",
            gettext("Khách cần gì, đã trả lời thế nào"),
            attrs={"rows": 5, "maxlength": LONGEST_SUMMARY},
        ),
    ]
    return (
        [_choice(typed, "direction", gettext("Ai gọi cho ai"), DIRECTIONS), *fields]
        if place is PHONE
        else fields
    )


def _reason(typed: Typed) -> dict[str, Any]:
    label = gettext("Làm sao biết đúng là khách này?")
    help = gettext(
        "Ví dụ: khách đọc đúng mã khách hàng và bốn số cuối căn cước. Số gọi đến chưa đủ để biết là ai."
    )
    return _field(typed, "reason", "text", label, help=help, attrs={"maxlength": LONGEST_REASON})


def _field(
    typed: Typed,
    name: str,
    kind: str,
    label: str,
    *,
    required: bool = True,
    help: str = "",
    attrs: dict[str, Any] | None = None,
) -> dict[str, Any]:
    errors = [typed.problems[name]] if name in typed.problems else []
    return {
        "name": name, "kind": kind, "label": label, "value": typed.text(name), "required": required, "help": help, "errors": errors,
        "attrs": {"autocomplete": "off", **(attrs or {})},
    }  # fmt: skip


def _choice(typed: Typed, name: str, label: str, choices: Mapping[str, str]) -> dict[str, Any]:
    return {
        **_field(typed, name, "select", label),
        "options": [
            ("", gettext("– Hãy chọn –")),
            *((code, gettext(words)) for code, words in choices.items()),
        ],
    }
