"""What can be done with a customer: each act is a form on the card, posted to its own address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.customers.models import DataRequestState
from motcua.kernel import codes, phones
from motcua.kernel.actors import Actor
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import local_date, to_local
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import access as messaging_access
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.supply import access as supply_access
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.web import inputs
from motcua.web.act_form import Failed, Form, boxes, key_of, new_key
from motcua.web.desk import customer_words as told
from motcua.web.desk.customer_access import DECIDERS, SERVERS, Card, access_card
from motcua.web.staff_pages import StaffRequest, refuse, staff_page

PROOF_PURPOSE = "DESK"
REFUSERS = (Role.SUPERVISOR,)
TALKS = 20


class NotChosen(Refused):
    code = "NOT_CHOSEN"
    message = _("Hãy chọn một mục.")


class DayInvalid(Refused):
    code = "DAY_INVALID"
    message = _("Hãy ghi ngày theo dạng ngày/tháng/năm, ví dụ 31/12/2026.")


class NotConfirmed(Refused):
    code = "NOT_CONFIRMED"
    message = _("Hãy đánh dấu rằng anh/chị hiểu việc này không lấy lại được.")


@dataclass(frozen=True)
class Doing:
    """One act at work: on whom, by whom, when, with what was typed."""

    card: Card
    actor: Actor
    at: datetime
    data: QueryDict

    @property
    def id(self) -> UUID:
        return self.card.view.id

    def text(self, name: str) -> str:
        return self.data.get(name, "").strip()

    def chosen(self, name: str) -> UUID:
        """An id that was chosen. Raises NotChosen."""
        found = parse_id(self.text(name))
        if found is None:
            raise NotChosen(field=name)
        return found


Fields = Callable[[StaffRequest, Card, datetime], list[dict[str, Any]]]


@dataclass(frozen=True)
class Act:
    """An act on a customer: who may, what it asks, what it does. What it asks nothing for, it is not offered for."""

    slug: str
    label: str
    done: str
    roles: tuple[Role, ...]
    fields: Fields
    do: Callable[[Doing], Mapping[str, object] | None]
    style: str = "secondary"
    text: str = ""
    is_offered: Callable[[StaffRequest, Card], bool] = lambda request, card: True


def _reason(help: str = "") -> dict[str, Any]:
    return {
        "name": "reason", "kind": "textarea", "label": gettext("Lý do"), "help": help, "attrs": {"maxlength": 300, "rows": 2},
    }  # fmt: skip


def _select(name: str, label: str, options: list[tuple[str, str]], **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "kind": "select",
        "label": label,
        "options": [("", gettext("– Hãy chọn –")), *options],
        **more,
    }


# ---- by what they are proven


def _own_talks(request: StaffRequest) -> list[tuple[str, str]]:
    """Conversations this person answers whose customer is not known."""
    listed = messaging_queries.list_queue(unit_codes=(), staff_id=request.actor.id)
    return [
        (str(queued.conversation.id), f"{told.channel(queued.conversation.channel)}: {queued.last_text[:60]}")
        for queued in listed
        if queued.conversation.customer_id is None and queued.conversation.staff_id == request.actor.id
    ][:TALKS]


def _talk_field(request: StaffRequest) -> list[dict[str, Any]]:
    talks = _own_talks(request)
    if not talks:
        return []
    return [
        _select(
            "talk", gettext("Hội thoại của khách này mà anh/chị đang trả lời"), talks, required=False,
            help=gettext("Kênh của hội thoại được nối với khách hàng này."),
        )
    ]  # fmt: skip


def _link_fields(request: StaffRequest, card: Card, at: datetime) -> list[dict[str, Any]]:
    return [
        *_talk_field(request),
        _select("channel", gettext("Kênh"), [(code, told.channel(code)) for code in told.CHANNELS], required=False),
        {
            "name": "address", "kind": "text", "label": gettext("Số, địa chỉ hoặc mã tài khoản trên kênh"), "required": False,
            "attrs": {"maxlength": 254, "autocomplete": "off"},
        },
        _reason(gettext("Anh/chị đã xem gì để biết đây là tài khoản của khách, ví dụ đối chiếu CCCD tại quầy.")),
    ]  # fmt: skip


def _link(doing: Doing) -> None:
    channel, address, talk = doing.text("channel"), doing.text("address"), None
    if doing.text("talk"):
        talk = messaging_access.access_as_staff(conversation_id=doing.chosen("talk"), actor=doing.actor)
        channel, address = talk.channel, talk.address
    if channel not in told.CHANNELS:
        raise NotChosen(field="channel")
    customer_ops.link_handle_by_staff(
        customer_id=doing.id, channel=channel, address=address, reason=doing.text("reason"), actor=doing.actor, at=doing.at
    )  # fmt: skip
    if talk is not None:
        messaging_ops.link(conversation_id=talk.id, customer_id=doing.id)


def _handles(card: Card) -> list[tuple[str, str]]:
    rows = customer_queries.list_handle_rows(card.view.id)
    return [(str(row.id), f"{told.channel(row.channel)} · {row.address}") for row in rows]


def _unlink_fields(request: StaffRequest, card: Card, at: datetime) -> list[dict[str, Any]]:
    return [_select("handle", gettext("Kênh đã nối"), _handles(card)), _reason()]


def _unlink(doing: Doing) -> None:
    rows = customer_queries.list_handle_rows(doing.id)
    row = next((row for row in rows if str(row.id) == doing.text("handle")), None)
    if row is None:
        raise NotChosen(field="handle")
    customer_ops.unlink_handle(
        channel=row.channel, address=row.address, reason=doing.text("reason"), actor=doing.actor, at=doing.at
    )


def _send_code(doing: Doing) -> Mapping[str, object]:
    started = customer_ops.start_proof(
        phone=doing.card.view.phone, purpose=PROOF_PURPOSE, actor=doing.actor, at=doing.at
    )
    messaging_ops.notify(
        key=f"proof:{started.id}", at=doing.at, phone=started.address, template="proof.code", important=True,
        params={"code": started.code_to_send, "minutes": 10, "brand": company_queries.get_company().brand},
        expires_at=started.expires_at,
    )  # fmt: skip
    return {"ma": started.id}


def _code_fields(request: StaffRequest, card: Card, at: datetime) -> list[dict[str, Any]]:
    return [
        {
            "name": "code", "kind": "code", "label": gettext("Mã khách đọc (6 chữ số)"),
            "attrs": {"maxlength": 12, "inputmode": "numeric", "autocomplete": "off"},
        },
        *_talk_field(request),
        {"name": "proof", "kind": "hidden", "label": "", "value": request.GET.get("ma", "")[:40]},
    ]  # fmt: skip


def _enter_code(doing: Doing) -> None:
    finished = customer_ops.finish_proof(
        proof_id=parse_id(doing.text("proof")) or UUID(int=0), code=doing.text("code"), at=doing.at
    )
    customer_ops.link_handle(customer_id=doing.id, proof_id=finished.id, actor=doing.actor, at=doing.at)
    if doing.text("talk"):
        talk = messaging_access.access_as_staff(conversation_id=doing.chosen("talk"), actor=doing.actor)
        customer_ops.link_handle(
            customer_id=doing.id, proof_id=finished.id, channel=talk.channel, address=talk.address, actor=doing.actor, at=doing.at
        )  # fmt: skip
        messaging_ops.link(conversation_id=talk.id, customer_id=doing.id)


# ---- what is on record


def _details_fields(request: StaffRequest, card: Card, at: datetime) -> list[dict[str, Any]]:
    person = card.view
    kinds = [(code.value, gettext(label)) for code, label in told.KINDS.items()]
    plain = (
        ("full_name", person.full_name),
        ("phone", phones.display(person.phone) if person.phone else ""),
        ("email", person.email),
    )
    return [
        *({"name": n, "kind": "text", "label": told.field(n), "value": v, "required": False} for n, v in plain),
        {
            "name": "id_number", "kind": "text", "label": told.field("id_number"), "required": False,
            "help": gettext("Để trống nếu giữ nguyên số đang có."), "attrs": {"autocomplete": "off"},
        },
        {
            "name": "contact_address", "kind": "text", "label": told.field("contact_address"),
            "value": person.contact_address, "required": False, "attrs": {"maxlength": 300},
        },
        {"name": "kind", "kind": "select", "label": told.field("kind"), "options": kinds, "value": person.kind},
        _reason(gettext("Giá trị cũ và lý do được giữ lại.")),
    ]  # fmt: skip


def _correct(doing: Doing) -> None:
    changes = {name: doing.text(name) for name in told.FIELDS if name in doing.data}
    if not changes.get("id_number"):
        changes.pop("id_number", None)
    customer_ops.correct_details(
        customer_id=doing.id, changes=changes, reason=doing.text("reason"), actor=doing.actor, at=doing.at
    )


# ---- what they are to account codes


def _part_fields(request: StaffRequest, card: Card, at: datetime) -> list[dict[str, Any]]:
    return [
        {"name": "account_code", "kind": "text", "label": gettext("Mã khách hàng của nơi dùng điện"), "attrs": {"maxlength": 20, "autocomplete": "off"}},
        _select("role", gettext("Vai trò"), [(code.value, gettext(label)) for code, label in told.PARTS.items()]),
        {
            "name": "valid_to", "kind": "text", "label": gettext("Đến trước ngày"), "required": False,
            "help": gettext("Ngày/tháng/năm; để trống nếu không hạn."), "attrs": {"maxlength": 10},
        },
        _reason(gettext("Theo giấy tờ nào.")),
    ]  # fmt: skip


def _give_part(doing: Doing) -> None:
    code = codes.clean_account_code(doing.text("account_code"))
    contract = supply_access.access_contract(actor=doing.actor, account_code=code)
    supply_ops.give_part(
        account_code=contract.account_code, customer_id=doing.id, role=doing.text("role"), reason=doing.text("reason"),
        valid_from=local_date(doing.at), valid_to=_day(doing.text("valid_to"), "valid_to"), actor=doing.actor, at=doing.at,
    )  # fmt: skip


def _day(text: str, field: str) -> date | None:
    if not text:
        return None
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day of the wall calendar
    except ValueError as error:
        raise DayInvalid(field=field) from error


def _parts(card: Card, at: datetime) -> list[tuple[str, str]]:
    return [
        (str(part.id), f"{part.account_code} · {gettext(told.PARTS[part.role])}")  # type: ignore[index]
        for part in supply_queries.list_parts(card.ids)
        if part.ended_at is None and (part.valid_to is None or part.valid_to > local_date(at))
    ]


def _end_part(doing: Doing) -> None:
    if doing.text("part") not in dict(_parts(doing.card, doing.at)):
        raise NotChosen(field="part")
    supply_ops.end_part(part_id=doing.chosen("part"), actor=doing.actor, at=doing.at)


# ---- what they agreed to


def _consent_fields(request: StaffRequest, card: Card, at: datetime) -> list[dict[str, Any]]:
    spoken = "\n".join(
        f"{gettext(label)}: “{gettext(told.WORDINGS[code])}”" for code, label in told.PURPOSES.items()
    )
    return [
        _select("purpose", gettext("Khách đồng ý việc gì"), [(code, gettext(label)) for code, label in told.PURPOSES.items()]),
        _select("channel", gettext("Qua kênh"), [(code, told.channel(code)) for code in (*told.CHANNELS, "CALL")]),
        {
            "name": "wording", "kind": "textarea", "label": gettext("Lời khách đã đồng ý"), "required": False,
            "help": gettext("Đọc cho khách nghe. Để trống thì ghi lời mẫu. %(spoken)s") % {"spoken": spoken},
            "attrs": {"maxlength": 2000, "rows": 3},
        },
    ]  # fmt: skip


def _consent(doing: Doing) -> None:
    purpose, channel = doing.text("purpose"), doing.text("channel")
    if purpose not in told.PURPOSES:
        raise NotChosen(field="purpose")
    if channel not in {*told.CHANNELS, "CALL"}:
        raise NotChosen(field="channel")
    customer_ops.record_consent(
        customer_id=doing.id, purpose=purpose, channel=channel, wording=doing.text("wording") or told.WORDINGS[purpose],
        actor=doing.actor, at=doing.at,
    )  # fmt: skip


def _live_consents(card: Card) -> list[tuple[str, str]]:
    rows = [row for id in card.ids for row in customer_queries.list_consents(id) if row.withdrawn_at is None]
    return [(str(row.id), f"{told.purpose(row.purpose)} · {told.channel(row.channel)}") for row in rows]


def _withdraw_consent(doing: Doing) -> None:
    rows = [row for id in doing.card.ids for row in customer_queries.list_consents(id)]
    row = next((row for row in rows if str(row.id) == doing.text("consent")), None)
    if row is None:
        raise NotChosen(field="consent")
    customer_ops.withdraw_consent(
        customer_id=row.customer_id, purpose=row.purpose, channel=row.channel, actor=doing.actor, at=doing.at
    )


# ---- merged and parted


def _merges(card: Card) -> list[tuple[str, str]]:
    rows = customer_queries.list_merges(card.view.id).filter(undone_at__isnull=True)
    return [(str(row.id), f"{row.loser.full_name} · {to_local(row.at):%d/%m/%Y}") for row in rows]


def _unmerge(doing: Doing) -> None:
    if doing.text("merge") not in dict(_merges(doing.card)):
        raise NotChosen(field="merge")
    customer_ops.unmerge_customers(
        merge_id=doing.chosen("merge"), reason=doing.text("reason"), actor=doing.actor, at=doing.at
    )


# ---- their data


def _ask_data(doing: Doing) -> None:
    wish = doing.text("wish")
    if wish not in told.WISHES:
        raise NotChosen(field="wish")
    customer_ops.ask_for_data(customer_id=doing.id, wish=wish, actor=doing.actor, at=doing.at)


def _open_wishes(card: Card) -> list[tuple[str, str]]:
    rows = customer_queries.list_data_requests(card.view.id).filter(state=DataRequestState.OPEN)
    return [(str(row.id), gettext(told.WISHES[row.wish])) for row in rows]  # type: ignore[index]


def _wish(doing: Doing) -> UUID:
    if doing.text("asked") not in dict(_open_wishes(doing.card)):
        raise NotChosen(field="asked")
    return doing.chosen("asked")


def _withdraw_wish(doing: Doing) -> None:
    customer_ops.withdraw_data_request(request_id=_wish(doing), actor=doing.actor, at=doing.at)


def _refuse_wish(doing: Doing) -> None:
    customer_ops.refuse_data_request(
        request_id=_wish(doing), answer=doing.text("reason"), actor=doing.actor, at=doing.at
    )


def _erase(doing: Doing) -> None:
    if doing.text("sure") != "true":
        raise NotConfirmed(field="sure")
    customer_ops.erase_as_asked(
        customer_id=doing.id, reason=doing.text("reason"), actor=doing.actor, at=doing.at
    )


def _erase_fields(request: StaffRequest, card: Card, at: datetime) -> list[dict[str, Any]]:
    sure = {
        "name": "sure",
        "kind": "checkbox",
        "label": gettext("Tôi hiểu: dữ liệu đã xóa không lấy lại được"),
        "required": True,
    }
    return [_reason(), sure]


def may_export(actor: Actor) -> bool:
    """Who may hand out everything that is held of somebody."""
    return actor.has_role(*DECIDERS)


ACTS: tuple[Act, ...] = (
    Act(
        "gui-ma", _("Gửi mã đến số điện thoại trong hợp đồng"), _("Đã gửi mã. Nhờ khách đọc mã rồi nhập vào ô dưới đây."), SERVERS,
        lambda request, card, at: [], _send_code, style="primary",
        text=_("Mã có hiệu lực 10 phút. Ai đọc đúng mã là người đang giữ số đó."), is_offered=lambda request, card: bool(card.view.phone),
    ),
    Act(
        "nhap-ma", _("Nhập mã khách đọc"), _("Mã đúng: kênh đã được nối với khách hàng này."), SERVERS, _code_fields, _enter_code,
        style="primary", is_offered=lambda request, card: bool(request.GET.get("ma") or request.POST.get("proof")),
    ),
    Act("noi-kenh", _("Nối kênh sau khi kiểm tra"), _("Đã nối kênh; lý do được giữ lại."), SERVERS, _link_fields, _link),
    Act(
        "go-kenh", _("Gỡ kênh"), _("Đã gỡ; ai nhắn từ đó phải chứng minh lại."), SERVERS, _unlink_fields, _unlink,
        is_offered=lambda request, card: bool(_handles(card)),
    ),
    Act("sua", _("Sửa thông tin"), _("Đã sửa; giá trị cũ được giữ lại."), SERVERS, _details_fields, _correct),
    Act("vai-tro", _("Thêm vai trò ở một mã khách hàng"), _("Đã ghi vai trò."), SERVERS, _part_fields, _give_part),
    Act(
        "thoi-vai-tro", _("Kết thúc vai trò"), _("Đã kết thúc vai trò."), SERVERS,
        lambda request, card, at: [_select("part", gettext("Vai trò"), _parts(card, at))], _end_part,
        is_offered=lambda request, card: bool(_parts(card, clock.now())),
    ),
    Act("dong-y", _("Ghi lời đồng ý"), _("Đã ghi lời đồng ý."), SERVERS, _consent_fields, _consent),
    Act(
        "rut-dong-y", _("Rút lời đồng ý"), _("Đã rút."), SERVERS,
        lambda request, card, at: [_select("consent", gettext("Lời đồng ý"), _live_consents(card))], _withdraw_consent,
        is_offered=lambda request, card: bool(_live_consents(card)),
    ),
    Act(
        "tach", _("Tách lại khách hàng đã gộp"), _("Đã tách."), DECIDERS,
        lambda request, card, at: [_select("merge", gettext("Lần gộp"), _merges(card)), _reason()], _unmerge,
        text=_("Những gì đã theo sang khi gộp trở về, trừ những gì đã được nối lại nơi khác."),
        is_offered=lambda request, card: bool(_merges(card)),
    ),
    Act(
        "xin-du-lieu", _("Ghi yêu cầu về dữ liệu cá nhân"), _("Đã ghi; thời hạn tính từ bây giờ."), SERVERS,
        lambda request, card, at: [_select("wish", gettext("Khách muốn"), [(w.value, gettext(name)) for w, name in told.WISHES.items()])],
        _ask_data,
    ),
    Act(
        "rut-du-lieu", _("Khách rút lại yêu cầu về dữ liệu"), _("Đã rút lại."), SERVERS,
        lambda request, card, at: [_select("asked", gettext("Yêu cầu"), _open_wishes(card))], _withdraw_wish,
        is_offered=lambda request, card: bool(_open_wishes(card)),
    ),
    Act(
        "tu-choi-du-lieu", _("Trả lời không làm được"), _("Đã ghi trả lời."), REFUSERS,
        lambda request, card, at: [_select("asked", gettext("Yêu cầu"), _open_wishes(card)), _reason(gettext("Khách hàng sẽ đọc được."))],
        _refuse_wish, is_offered=lambda request, card: bool(_open_wishes(card)),
    ),
    Act(
        "xoa", _("Xóa dữ liệu cá nhân"), _("Đã xóa dữ liệu cá nhân của khách hàng."), REFUSERS, _erase_fields, _erase, style="danger",
        text=_("Tên, số, địa chỉ, tin nhắn, câu trả lời bị xóa ở mọi nơi; sổ kế toán, nhật ký chỉ giữ mã. Không xóa khi còn hợp đồng, nợ hoặc yêu cầu đang làm."),
    ),
)  # fmt: skip
ACT_OF = {act.slug: act for act in ACTS}


def act_forms(request: StaffRequest, card: Card, at: datetime, failed: Failed | None) -> list[Form]:
    """The acts this person may do with this customer now."""
    if not card.is_active:
        return []
    forms = []
    for spec in ACTS:
        if not request.actor.has_role(*spec.roles) or not spec.is_offered(request, card):
            continue
        mine = failed if failed and failed.code == spec.slug else None
        drawn = boxes(spec.fields(request, card, at), spec.slug, mine)
        hidden = {
            box["field"]["name"]: box["field"]["value"] for box in drawn if box["field"]["kind"] == "hidden"
        }
        forms.append(
            Form(
                code=spec.slug,
                label=gettext(spec.label),
                post_url=reverse("desk:customer-act", args=(card.view.id, spec.slug)),
                key=mine.key if mine else new_key(),
                style=spec.style,
                boxes=[box for box in drawn if box["field"]["kind"] != "hidden"],
                hidden=hidden,
                general=mine.general if mine else [],
                text=gettext(spec.text) if spec.text else "",
                is_open=mine is not None or spec.slug == "nhap-ma",
            )
        )
    return forms


@require_POST
@staff_page(*SERVERS)
def act(request: StaffRequest, customer_id: UUID, deed: str) -> HttpResponse:
    """Do one of the acts; refused, the card comes once more with what was typed."""
    from motcua.web.desk import customer as cards

    card, spec = access_card(actor=request.actor, customer_id=customer_id), ACT_OF.get(deed)
    if spec is None:
        raise Http404
    if not request.actor.has_role(*spec.roles):
        return refuse(request)
    doing = Doing(card, request.actor, clock.now(), request.POST)
    try:
        more = spec.do(doing)
    except Refused as refusal:
        typed = {drawn["name"]: doing.text(drawn["name"]) for drawn in spec.fields(request, card, doing.at)}
        beside, general = inputs.problems_of(refusal, typed)
        failed = Failed(deed, typed, beside, general, key_of(request))
        fresh = access_card(actor=request.actor, customer_id=customer_id)
        return cards.render_card(request, fresh, failed=failed, status=422 if beside else 409)
    messages.success(request, gettext(spec.done))
    return redirect(_address(card.view.id, more))


def _address(customer_id: UUID, more: Mapping[str, object] | None) -> str:
    address = reverse("desk:customer", args=(customer_id,))
    return f"{address}?ma={more['ma']}#act-nhap-ma" if more else address


@require_POST
@staff_page(*DECIDERS)
def export(request: StaffRequest, customer_id: UUID) -> HttpResponse:
    """Everything held of the customer as a file, to be given to them."""
    card = access_card(actor=request.actor, customer_id=customer_id)
    content = customer_ops.export_customer(customer_id=card.view.id, actor=request.actor, at=clock.now())
    response = HttpResponse(content, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="du-lieu-{str(card.view.id)[-12:]}.zip"'
    return response
