"""By what a customer is proven: a code to the phone on the contract, or a check by staff; and taking it away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext

from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.kernel.ids import parse_id
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import access as messaging_access
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.web.desk import customer_words as told
from motcua.web.desk.customer_access import SERVERS, Card
from motcua.web.desk.customer_doing import Act, Doing, NotChosen, reason, select
from motcua.web.staff_pages import StaffRequest

PROOF_PURPOSE = "DESK"
TALKS = 20


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
        select(
            "talk", gettext("Hội thoại của khách này mà anh/chị đang trả lời"), talks, required=False,
            help=gettext("Kênh của hội thoại được nối với khách hàng này."),
        )
    ]  # fmt: skip


def _link_fields(request: StaffRequest, card: Card, at: datetime) -> list[dict[str, Any]]:
    return [
        *_talk_field(request),
        select("channel", gettext("Kênh"), [(code, told.channel(code)) for code in told.CHANNELS], required=False),
        {
            "name": "address", "kind": "text", "label": gettext("Số, địa chỉ hoặc mã tài khoản trên kênh"), "required": False,
            "attrs": {"maxlength": 254, "autocomplete": "off"},
        },
        reason(gettext("Anh/chị đã xem gì để biết đây là tài khoản của khách, ví dụ đối chiếu CCCD tại quầy.")),
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
        messaging_ops.identify(conversation_id=talk.id, customer_id=doing.id, at=doing.at)


def _handles(card: Card) -> list[tuple[str, str]]:
    rows = customer_queries.list_handle_rows(card.view.id)
    return [(str(row.id), f"{told.channel(row.channel)} · {row.address}") for row in rows]


def _unlink_fields(request: StaffRequest, card: Card, at: datetime) -> list[dict[str, Any]]:
    return [select("handle", gettext("Kênh đã nối"), _handles(card)), reason()]


def _unlink(doing: Doing) -> None:
    rows = customer_queries.list_handle_rows(doing.id)
    row = next((row for row in rows if str(row.id) == doing.text("handle")), None)
    if row is None:
        raise NotChosen(field="handle")
    with transaction.atomic():
        customer_ops.unlink_handle(
            channel=row.channel,
            address=row.address,
            reason=doing.text("reason"),
            actor=doing.actor,
            at=doing.at,
        )
        _part(row.channel, row.address, doing)


def _part(channel: str, address: str, doing: Doing) -> None:
    """What is written from the address from now on is nobody's known."""
    leg = messaging_queries.find_leg(channel, address)
    if leg is None or leg.ended_at is not None:
        return
    talk = messaging_queries.get_conversation(leg.conversation_id)
    if talk.customer_id is not None and talk.customer_id in customer_queries.list_ids(doing.id):
        messaging_ops.part(conversation_id=talk.id, leg_id=leg.id, actor=doing.actor, at=doing.at)


def _send_code(doing: Doing) -> Mapping[str, object]:
    started = messaging_ops.send_proof_code(
        phone=doing.card.view.phone, purpose=PROOF_PURPOSE, actor=doing.actor, at=doing.at
    )
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
        messaging_ops.identify(conversation_id=talk.id, customer_id=doing.id, at=doing.at)


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
)  # fmt: skip
