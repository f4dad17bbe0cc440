"""What is on record of a customer and changes: details, roles at accounts, consents, merges, their data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext

from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import operations as customer_ops
from motcua.customers import purposes
from motcua.customers import queries as customer_queries
from motcua.customers.models import DataRequestState
from motcua.kernel import codes, phones
from motcua.kernel.local_time import local_date, to_local
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.supply import access as supply_access
from motcua.supply import operations as supply_ops
from motcua.supply import queries as supply_queries
from motcua.web.desk import customer_words as told
from motcua.web.desk.customer_access import DECIDERS, SERVERS, Card
from motcua.web.desk.customer_doing import Act, Doing, NotChosen, reason, select
from motcua.web.staff_pages import StaffRequest

REFUSERS = (Role.SUPERVISOR,)


class DayInvalid(Refused):
    code = "DAY_INVALID"
    message = _("Hãy ghi ngày theo dạng ngày/tháng/năm, ví dụ 31/12/2026.")


class NotConfirmed(Refused):
    code = "NOT_CONFIRMED"
    message = _("Hãy đánh dấu rằng anh/chị hiểu việc này không lấy lại được.")


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
        reason(gettext("Giá trị cũ và lý do được giữ lại.")),
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
        select("role", gettext("Vai trò"), [(code.value, gettext(label)) for code, label in told.PARTS.items()]),
        {
            "name": "valid_to", "kind": "text", "label": gettext("Đến trước ngày"), "required": False,
            "help": gettext("Ngày/tháng/năm; để trống nếu không hạn."), "attrs": {"maxlength": 10},
        },
        reason(gettext("Theo giấy tờ nào.")),
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
        f"{gettext(label)}: “{gettext(purposes.WORDINGS[code])}”" for code, label in purposes.PURPOSES.items()
    )
    return [
        select("purpose", gettext("Khách đồng ý việc gì"), [(code, gettext(label)) for code, label in purposes.PURPOSES.items()]),
        select("channel", gettext("Qua kênh"), [(code, told.channel(code)) for code in (*told.CHANNELS, "CALL")]),
        {
            "name": "wording", "kind": "textarea", "label": gettext("Lời khách đã đồng ý"), "required": False,
            "help": gettext("Đọc cho khách nghe. Để trống thì ghi lời mẫu. %(spoken)s") % {"spoken": spoken},
            "attrs": {"maxlength": 2000, "rows": 3},
        },
    ]  # fmt: skip


def _consent(doing: Doing) -> None:
    purpose, channel = doing.text("purpose"), doing.text("channel")
    if purpose not in purposes.PURPOSES:
        raise NotChosen(field="purpose")
    if channel not in {*told.CHANNELS, "CALL"}:
        raise NotChosen(field="channel")
    customer_ops.record_consent(
        customer_id=doing.id, purpose=purpose, channel=channel, wording=doing.text("wording") or purposes.WORDINGS[purpose],
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
    return [reason(), sure]


ACTS: tuple[Act, ...] = (
    Act("sua", _("Sửa thông tin"), _("Đã sửa; giá trị cũ được giữ lại."), SERVERS, _details_fields, _correct),
    Act("vai-tro", _("Thêm vai trò ở một mã khách hàng"), _("Đã ghi vai trò."), SERVERS, _part_fields, _give_part),
    Act(
        "thoi-vai-tro", _("Kết thúc vai trò"), _("Đã kết thúc vai trò."), SERVERS,
        lambda request, card, at: [select("part", gettext("Vai trò"), _parts(card, at))], _end_part,
        is_offered=lambda request, card: bool(_parts(card, clock.now())),
    ),
    Act("dong-y", _("Ghi lời đồng ý"), _("Đã ghi lời đồng ý."), SERVERS, _consent_fields, _consent),
    Act(
        "rut-dong-y", _("Rút lời đồng ý"), _("Đã rút."), SERVERS,
        lambda request, card, at: [select("consent", gettext("Lời đồng ý"), _live_consents(card))], _withdraw_consent,
        is_offered=lambda request, card: bool(_live_consents(card)),
    ),
    Act(
        "tach", _("Tách lại khách hàng đã gộp"), _("Đã tách."), DECIDERS,
        lambda request, card, at: [select("merge", gettext("Lần gộp"), _merges(card)), reason()], _unmerge,
        text=_("Những gì đã theo sang khi gộp trở về, trừ những gì đã được nối lại nơi khác."),
        is_offered=lambda request, card: bool(_merges(card)),
    ),
    Act(
        "xin-du-lieu", _("Ghi yêu cầu về dữ liệu cá nhân"), _("Đã ghi; thời hạn tính từ bây giờ."), SERVERS,
        lambda request, card, at: [select("wish", gettext("Khách muốn"), [(w.value, gettext(name)) for w, name in told.WISHES.items()])],
        _ask_data,
    ),
    Act(
        "rut-du-lieu", _("Khách rút lại yêu cầu về dữ liệu"), _("Đã rút lại."), SERVERS,
        lambda request, card, at: [select("asked", gettext("Yêu cầu"), _open_wishes(card))], _withdraw_wish,
        is_offered=lambda request, card: bool(_open_wishes(card)),
    ),
    Act(
        "tu-choi-du-lieu", _("Trả lời không làm được"), _("Đã ghi trả lời."), REFUSERS,
        lambda request, card, at: [select("asked", gettext("Yêu cầu"), _open_wishes(card)), reason(gettext("Khách hàng sẽ đọc được."))],
        _refuse_wish, is_offered=lambda request, card: bool(_open_wishes(card)),
    ),
    Act(
        "xoa", _("Xóa dữ liệu cá nhân"), _("Đã xóa dữ liệu cá nhân của khách hàng."), REFUSERS, _erase_fields, _erase, style="danger",
        text=_("Tên, số, địa chỉ, tin nhắn, câu trả lời bị xóa ở mọi nơi; sổ kế toán, nhật ký chỉ giữ mã. Không xóa khi còn hợp đồng, nợ hoặc yêu cầu đang làm."),
    ),
)  # fmt: skip
