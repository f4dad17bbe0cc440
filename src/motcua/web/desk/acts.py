"""What can be done with any request, whatever its step: each act is a form with a key of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods

from motcua.companies import queries as company_queries
from motcua.companies.models import Staff
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.kernel.actors import Actor
from motcua.kernel.mentions import names_in
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.requests import access as request_access
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.operations.refusals import ActionUnknown
from motcua.requests.queries import RequestView
from motcua.requests.states import State
from motcua.services import flow
from motcua.services.declaration import CUSTOMER, SYSTEM
from motcua.web.act_form import Failed, Form, boxes, key_of, new_key
from motcua.web.desk.acting import ACTORS, again
from motcua.web.desk.step_acts import may_do
from motcua.web.staff_pages import StaffRequest, staff_page
from motcua.web.uploads import add_uploads, upload_fields
from motcua.web.words import PARTIES


class PapersMissing(Refused):
    code = "PAPERS_MISSING"
    message = _("Hãy chọn giấy tờ cần bổ sung.")


class MentionUnknown(Refused):
    code = "MENTION_UNKNOWN"
    message = _("Không có đồng nghiệp nào tên đăng nhập là %(names)s ở đơn vị của yêu cầu này.")


class PartyMissing(Refused):
    code = "PARTY_MISSING"
    message = _("Hãy chọn chậm do bên nào.")


@dataclass(frozen=True)
class Doing:
    """One act at work: who, when, under which key, with what was typed."""

    view: RequestView
    actor: Actor
    at: datetime
    key: str
    data: QueryDict
    files: Any

    def text(self, name: str) -> str:
        return self.data.get(name, "").strip()


@dataclass(frozen=True)
class Act:
    """An act of the desk: when it is offered, what it asks, what it does."""

    slug: str
    label: str
    done: str
    is_offered: Callable[[Actor, RequestView, datetime], bool]
    fields: Callable[[RequestView, Actor], list[dict[str, Any]]]
    do: Callable[[Doing], None]
    style: str = "secondary"
    text: str = ""
    has_files: bool = False


def _staff_of(actor: Actor, view: RequestView, *roles: str) -> bool:
    return actor.has_role(*roles, Role.SUPERVISOR) and view.unit_code in actor.unit_codes


def _reason(label: str = "", *, help: str = "", required: bool = True) -> dict[str, Any]:
    return {
        "name": "reason", "kind": "textarea", "label": label or gettext("Lý do"), "required": required,
        "help": help or gettext("Khách hàng sẽ đọc được."), "attrs": {"maxlength": 2000, "rows": 3},
    }  # fmt: skip


def _papers_fields(view: RequestView, actor: Actor) -> list[dict[str, Any]]:
    listed = flow.list_papers(view.service, view.values)
    options = [{"value": paper.code, "label": paper.name.get(get_language())} for paper in listed]
    return [
        {
            "name": "papers",
            "kind": "checkboxes",
            "label": gettext("Cần bổ sung giấy tờ nào?"),
            "options": options,
        },
        _reason(gettext("Cần bổ sung vì sao?")),
    ]


def _ask_papers(doing: Doing) -> None:
    known = {paper.code for paper in doing.view.service.papers}
    request_ops.ask_papers(
        request_id=doing.view.id, papers=[code for code in doing.data.getlist("papers") if code in known],
        reason=doing.text("reason"), actor=doing.actor, at=doing.at, key=doing.key,
    )  # fmt: skip


def _people_fields(view: RequestView, actor: Actor) -> list[dict[str, Any]]:
    roles = {view.state.waiting_role, Role.SUPERVISOR.value} - {"", CUSTOMER, SYSTEM}
    people = company_queries.list_staff_with_role(roles=roles, unit_codes=_units_above(view.unit_code))
    options = [("", gettext("Chưa giao cho ai")), *((f"staff:{person.id}", person.name) for person in people)]
    if all(value != actor.ref for value, _name in options):
        options.append((actor.ref, actor.name))
    return [
        {
            "name": "assignee", "kind": "select", "label": gettext("Giao cho"), "options": options, "required": False,
            "value": view.state.assignee,
        }
    ]  # fmt: skip


def _units_above(code: str) -> set[str]:
    """The unit and those it belongs to: a role given there reaches down to it."""
    parents = {unit.code: unit.parent_id for unit in company_queries.list_units()}
    found: set[str] = set()
    while code and code not in found:
        found.add(code)
        code = parents.get(code) or ""
    return found


def _assign(doing: Doing) -> None:
    wanted = doing.text("assignee")
    offered_values = {value for value, _name in _people_fields(doing.view, doing.actor)[0]["options"]}
    if wanted not in offered_values:
        raise request_ops.NotYours(field="assignee")
    request_ops.assign(
        request_id=doing.view.id, assignee=wanted, actor=doing.actor, at=doing.at, key=doing.key
    )


def _unit_fields(view: RequestView, actor: Actor) -> list[dict[str, Any]]:
    options = [("", gettext("– Hãy chọn –"))]
    options += [
        (unit.code, f"{unit.code} · {unit.name}")
        for unit in company_queries.list_units()
        if unit.kind != "DESK"
    ]
    return [
        {
            "name": "unit", "kind": "select", "label": gettext("Chuyển đến đơn vị"),
            "options": [o for o in options if o[0] != view.unit_code],
        },
        _reason(help=gettext("Ghi cho đơn vị nhận; khách hàng không thấy.")),
    ]  # fmt: skip


def _reroute(doing: Doing) -> None:
    request_ops.reroute(
        request_id=doing.view.id, unit_code=doing.text("unit"), reason=doing.text("reason"), actor=doing.actor,
        at=doing.at, key=doing.key,
    )  # fmt: skip


def _reopen_fields(view: RequestView, actor: Actor) -> list[dict[str, Any]]:
    steps = [
        (s.code, s.name.get(get_language()))
        for s in view.service.steps
        if not s.final and s.role not in {SYSTEM, CUSTOMER}
    ]
    return [
        {
            "name": "step", "kind": "select", "label": gettext("Làm lại từ bước"), "required": False,
            "options": [("", gettext("Bước đang dừng")), *steps],
        },
        _reason(help=gettext("Ghi vào nhật ký; khách hàng không thấy.")),
    ]  # fmt: skip


def _reopen(doing: Doing) -> None:
    allowed = {value for value, _name in _reopen_fields(doing.view, doing.actor)[0]["options"]}
    step = doing.text("step")
    request_ops.reopen(
        request_id=doing.view.id, reason=doing.text("reason"), step=step if step in allowed else "", actor=doing.actor,
        at=doing.at, key=doing.key,
    )  # fmt: skip


def _note_fields(view: RequestView, actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "name": "text",
            "kind": "textarea",
            "label": gettext("Ghi chú"),
            "help": gettext("Viết @tên-đăng-nhập để nhắn đồng nghiệp."),
            "attrs": {"maxlength": 4000, "rows": 3},
        },
        {
            "name": "mention",
            "kind": "select",
            "label": gettext("Nhắn cho"),
            "required": False,
            "options": [
                ("", gettext("Không ai")),
                *((person.username, person.name) for person in _colleagues(view)),
            ],
        },
        {
            "name": "for_customer",
            "kind": "checkbox",
            "label": gettext("Cho khách hàng xem trên trang theo dõi"),
            "required": False,
        },
    ]


def _colleagues(view: RequestView) -> list[Staff]:
    """Who works for the request's unit."""
    roles = [role.value for role in ACTORS]
    return company_queries.list_staff_with_role(roles=roles, unit_codes=_units_above(view.unit_code))[:200]


def _note(doing: Doing) -> None:
    text, chosen = doing.text("text"), doing.text("mention")
    if text and chosen:
        text = f"@{chosen} {text}"
    named = names_in(text)
    unknown = set(named) - {
        person.username.lower() for person in company_queries.list_staff_by_username(named)
    }
    if unknown:
        raise MentionUnknown(field="text", names=", ".join(sorted(unknown)))
    request_ops.add_note(
        request_id=doing.view.id, text=text, for_customer=doing.text("for_customer") == "true",
        actor=doing.actor, at=doing.at, key=doing.key,
    )  # fmt: skip


def _late_fields(view: RequestView, actor: Actor) -> list[dict[str, Any]]:
    options = [(code, gettext(name)) for code, name in PARTIES.items()]
    return [
        {
            "name": "party",
            "kind": "radios",
            "label": gettext("Chậm do bên nào?"),
            "options": options,
            "inline": True,
        },
        _reason(gettext("Vì sao chậm?"), help=gettext("Ghi vào nhật ký và báo cáo; khách hàng không thấy.")),
    ]


def _explain_late(doing: Doing) -> None:
    party = doing.text("party")
    if party not in PARTIES:
        raise PartyMissing(field="party")
    request_ops.explain_late(
        request_id=doing.view.id,
        party=party,
        reason=doing.text("reason"),
        actor=doing.actor,
        at=doing.at,
        key=doing.key,
    )


def _object(doing: Doing) -> None:
    request_ops.object_to(
        request_id=doing.view.id, text=doing.text("reason"), actor=doing.actor, at=doing.at, key=doing.key
    )


def _simple(operation: Callable[..., None]) -> Callable[[Doing], None]:
    """An operation that takes a reason and nothing else."""

    def do(doing: Doing) -> None:
        operation(
            request_id=doing.view.id,
            reason=doing.text("reason"),
            actor=doing.actor,
            at=doing.at,
            key=doing.key,
        )

    return do


def _is_late(view: RequestView, at: datetime) -> bool:
    return view.state.due_at is not None and (view.state.closed_at or at) > view.state.due_at


ACTS: tuple[Act, ...] = (
    Act(
        "giao-viec", _("Giao việc"), _("Đã giao việc."),
        lambda actor, view, at: not view.is_closed and _staff_of(actor, view, "INTAKE", "BUSINESS", "CREW"),
        _people_fields, _assign,
    ),
    Act(
        "bo-sung", _("Yêu cầu bổ sung giấy tờ"), _("Đã báo khách hàng bổ sung; thời hạn tạm dừng."),
        lambda actor, view, at: view.state.state == State.OPEN and not view.is_closed and bool(view.service.papers)
        and _staff_of(actor, view, view.current_step.role, "BUSINESS", "INTAKE"),
        _papers_fields, _ask_papers, text=_("Thời gian chờ khách hàng không tính vào hạn của chúng tôi."),
    ),
    Act(
        "them-giay-to", _("Thêm giấy tờ khách hàng đưa"), _("Đã lưu giấy tờ."),
        lambda actor, view, at: not view.is_closed and bool(upload_fields(view, actor))
        and _staff_of(actor, view, "INTAKE", "BUSINESS", "CREW"),
        upload_fields, lambda doing: add_uploads(doing.view, doing.files, doing.actor, doing.at, doing.key), has_files=True,
    ),
    Act(
        "chuyen-don-vi", _("Chuyển đơn vị"), _("Đã chuyển yêu cầu sang đơn vị khác."),
        lambda actor, view, at: not view.is_closed and _staff_of(actor, view, "INTAKE", "BUSINESS"),
        _unit_fields, _reroute,
    ),
    Act(
        "luot-den", _("Ghi nhận khách hàng phải đến văn phòng"), _("Đã ghi một lượt khách hàng đến văn phòng."),
        lambda actor, view, at: not view.is_closed and _staff_of(actor, view, "INTAKE", "BUSINESS"),
        lambda view, actor: [],
        lambda doing: request_ops.record_trip(request_id=doing.view.id, actor=doing.actor, at=doing.at, key=doing.key),
    ),
    Act(
        "giai-trinh", _("Giải trình chậm hạn"), _("Đã ghi giải trình."),
        lambda actor, view, at: _is_late(view, at) and _staff_of(actor, view, "INTAKE", "BUSINESS", "CREW"),
        _late_fields, _explain_late,
    ),
    Act(
        "khach-phan-hoi", _("Khách hàng không đồng ý"), _("Đã ghi phản hồi của khách hàng."),
        lambda actor, view, at: view.state.state == State.REJECTED and may_do(actor, view, CUSTOMER),
        lambda view, actor: [_reason(gettext("Khách hàng nói gì?"))], _object,
    ),
    Act(
        "khach-huy", _("Hủy theo lời khách hàng"), _("Đã hủy theo lời khách hàng."),
        lambda actor, view, at: not view.is_closed and view.current_step.allows_cancel and may_do(actor, view, CUSTOMER),
        lambda view, actor: [_reason(gettext("Khách hàng nói gì?"), required=False)], _simple(request_ops.cancel), style="danger",
    ),
    Act(
        "tu-choi", _("Không thực hiện được"), _("Đã báo khách hàng lý do và cách phản hồi."),
        lambda actor, view, at: not view.is_closed and view.current_step.allows_reject
        and _staff_of(actor, view, view.current_step.role, "BUSINESS"),
        lambda view, actor: [_reason()], _simple(request_ops.reject), style="danger",
        text=_("Khách hàng nhận lý do và cách phản hồi nếu không đồng ý."),
    ),
    Act(
        "mo-lai", _("Mở lại yêu cầu"), _("Đã mở lại; thời hạn tính từ bây giờ."),
        lambda actor, view, at: view.is_closed and _staff_of(actor, view),
        _reopen_fields, _reopen,
    ),
    Act(
        "ghi-chu", _("Ghi chú"), _("Đã ghi chú."),
        lambda actor, view, at: _staff_of(actor, view, "INTAKE", "BUSINESS", "CREW"),
        _note_fields, _note,
    ),
)  # fmt: skip
ACT_OF = {act.slug: act for act in ACTS}


def act_forms(actor: Actor, view: RequestView, at: datetime, failed: Failed | None) -> list[Form]:
    """The other acts that this person may do now."""
    forms = []
    for spec in ACTS:
        if not spec.is_offered(actor, view, at):
            continue
        mine = failed if failed and failed.code == spec.slug else None
        forms.append(
            Form(
                code=spec.slug,
                label=gettext(spec.label),
                post_url=reverse("desk:act", args=(view.number, spec.slug)),
                key=mine.key if mine else new_key(),
                style=spec.style,
                boxes=boxes(spec.fields(view, actor), spec.slug, mine),
                general=mine.general if mine else [],
                text=gettext(spec.text) if spec.text else "",
                is_open=mine is not None,
                has_files=spec.has_files,
            )
        )
    return forms


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*ACTORS)
def act(request: StaffRequest, number: str, slug: str) -> HttpResponse:
    """Do one of the acts of the desk."""
    view = request_access.access_by_number(actor=request.actor, number=number)
    spec = ACT_OF.get(slug)
    if spec is None:
        raise Http404
    if request.method != "POST":
        return redirect(reverse("desk:request", args=(view.number,)) + f"#act-{slug}")
    key = key_of(request)
    doing = Doing(view, request.actor, clock.now(), key, request.POST, request.FILES)
    try:
        _check(spec, doing)
        spec.do(doing)
    except Refused as refusal:
        return again(request, view.id, slug, refusal, _typed(spec, doing), key)
    messages.success(request, gettext(spec.done))
    return _on_from(request, view)


def _on_from(request: StaffRequest, view: RequestView) -> HttpResponse:
    """Back to the request; to the work list, when the act took it out of this person's reach."""
    if request_access.may_see(request.actor, request_queries.get_request(view.id)):
        return redirect("desk:request", number=view.number)
    return redirect("desk:worklist")


def _check(spec: Act, doing: Doing) -> None:
    if spec.slug == "bo-sung" and not doing.data.getlist("papers"):
        raise PapersMissing(field="papers")
    if not spec.fields(doing.view, doing.actor) and spec.has_files:
        raise ActionUnknown(step=doing.view.current_step.name.vi)


def _typed(spec: Act, doing: Doing) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for drawn in spec.fields(doing.view, doing.actor):
        name = drawn["name"]
        found[name] = doing.data.getlist(name) if drawn["kind"] == "checkboxes" else doing.data.get(name, "")
    return found
