"""Talking with one customer: the conversation, its composer and what can be done to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from motcua.channels import webchat, zalo
from motcua.companies import operations as company_ops
from motcua.companies import queries as company_queries
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.documents import access as document_access
from motcua.documents import operations as document_ops
from motcua.kernel.ids import parse_id
from motcua.kernel.local_time import local_date
from motcua.kernel.results import Refused
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import access as messaging_access
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import ConversationView, LegView, MessageView
from motcua.messaging.talk import mentions
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.services import catalogue
from motcua.web import chat_files, words
from motcua.web.desk import (
    canned,
    conversation_lists,
    legs,
    live_desk,
    request_page,
    talk_acts,
    talk_customer,
    talk_lines,
    windows,
)
from motcua.web.desk.conversation_lists import TALKERS
from motcua.web.errors import refused_text
from motcua.web.intake import known
from motcua.web.staff_pages import StaffRequest, staff_page


class FilesNotHere(Refused):
    code = "FILES_NOT_HERE"
    message = _("Kênh này không nhận tệp. Hãy mời khách mở trang theo dõi hoặc trò chuyện trên trang web.")


SHOWN = 100
LONGEST_REPLY = 4000


def _accessed(request: StaffRequest, conversation_id: UUID) -> ConversationView:
    return messaging_access.access_as_staff(conversation_id=conversation_id, actor=request.actor)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*TALKERS)
def conversation(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """The conversation with its composer; `?after=SEQ` answers with newer messages alone; a post is a reply."""
    here, at = _accessed(request, conversation_id), clock.now()
    if here.continued_in_id is not None:
        return redirect("desk:conversation", conversation_id=here.continued_in_id)
    if request.method == "POST":
        return _reply(request, here, at)
    if request.GET.get("after", "").isascii() and request.GET.get("after", "").isdigit():
        return _newer(request, here, int(request.GET["after"]))
    mentions.read(actor=request.actor, at=at, conversation_id=here.id)
    company_ops.record_audit(
        actor=request.actor,
        verb="conversation.seen",
        subject_type="conversation",
        subject_id=str(here.id),
        at=at,
    )
    return _page(request, here)


def _newer(request: StaffRequest, here: ConversationView, after: int) -> HttpResponse:
    rows = messaging_queries.list_messages(here.id, after=after, limit=SHOWN, with_internal=True)
    if request.GET.get("seen") != "0":
        _mark_read(request, here, rows[-1].seq if rows else after)
    context = {
        "messages": talk_lines.draw(here, rows),
        "viewpoint": "staff",
    }
    response = render(request, "components/chat_list.html", context)
    response["X-Chat-Owner"] = here.owner
    response["X-Chat-Holder"] = f"{here.owner}:{here.staff_id}:{here.status}"
    response["X-Chat-Last-Seq"] = str(here.last_seq)
    response["X-Chat-Read"] = str(here.customer_read_seq)
    if here.is_open:
        response["X-Chat-Stream"] = live_desk.talk_stream(request, here)
    return response


def _mark_read(request: StaffRequest, here: ConversationView, seq: int) -> None:
    """Only whoever answers has read for the house."""
    if here.staff_id == request.actor.id and seq > here.staff_read_seq:
        messaging_ops.mark_read(conversation_id=here.id, seq=min(seq, here.last_seq), by_staff=True)


def _page(
    request: StaffRequest, here: ConversationView, *, error: str = "", typed: str = "", status: int = 200
) -> HttpResponse:
    rows = messaging_queries.list_last_messages(here.id, limit=SHOWN, with_internal=True)
    is_mine = here.staff_id == request.actor.id
    _mark_read(request, here, rows[-1].seq if rows else 0)
    owner_name = (
        company_queries.staff_names([here.staff_id]).get(here.staff_id, "") if parse_id(here.staff_id) else ""
    )
    context = {
        **conversation_lists.lines_of(request),
        "here": here,
        "title": _who(here),
        "subtitle": _subtitle(here, is_mine, owner_name),
        "channel": words.channel_words(here.channel),
        "messages": [*talk_lines.draw_earlier(here, SHOWN - len(rows)), *talk_lines.draw(here, rows)],
        "legs": legs.shown(here, clock.now()),
        "told_beside": talk_lines.told_beside(here),
        **talk_acts.context_of(request, here),
        **(ready := canned.context_of(request, here)),
        "read_seq": here.customer_read_seq,
        "post_url": reverse("desk:conversation", args=(here.id,)),
        "fragment_url": reverse("desk:conversation", args=(here.id,)),
        "stream_url": live_desk.talk_stream(request, here) if here.is_open else "",
        "notes_only": bool(here.staff_id) and not is_mine,
        "client_msg_id": uuid4().hex,
        "is_mine": is_mine,
        "is_other": bool(here.staff_id) and not is_mine,
        "may_step_in": request.actor.has_role(Role.SUPERVISOR),
        "disabled_reason": "" if here.is_open else gettext("Cuộc trò chuyện đã kết thúc."),
        "customer": customer_queries.find_customer(here.customer_id) if here.customer_id else None,
        "panel": talk_customer.panel(request.actor, here.customer_id),
        "about": request_page.request_of(here.request_id, request.actor),
        "draft": request_queries.find_open_draft(conversation_id=here.id),
        "services": catalogue.list_services(local_date(clock.now())),
        "error": error,
        "typed": typed or ready["typed"],
        "attach": "" if takes_files(here) else "no",
        "window": windows.countdown(here, clock.now()),
        "may_ask_contact": here.channel == zalo.CODE and here.is_open and not here.customer_id,
    }
    return render(request, "desk/conversation.html", context, status=status)


def _who(here: ConversationView) -> str:
    if here.customer_id:
        return customer_queries.list_names([here.customer_id]).get(here.customer_id, "") or gettext(
            "Khách hàng"
        )
    return gettext("Khách chưa rõ tên")


def _subtitle(here: ConversationView, is_mine: bool, owner_name: str) -> str:
    if not here.is_open:
        return gettext("Đã kết thúc")
    if is_mine:
        return gettext("Anh/chị đang trả lời")
    if owner_name:
        return gettext("%(name)s đang trả lời") % {"name": owner_name}
    if here.owner == "QUEUE":
        return gettext("Đang chờ nhân viên")
    if here.is_urgent:
        return gettext("Khách báo nguy hiểm; trợ lý đang hỏi tiếp, chưa có nhân viên")
    return gettext("Trợ lý tự động đang trả lời")


def _reply(request: StaffRequest, here: ConversationView, at: datetime) -> HttpResponse:
    text = request.POST.get("text", "")[:LONGEST_REPLY]
    in_background = request.headers.get("X-Requested-With", "").lower() in {"fetch", "xmlhttprequest"}
    try:
        said = _say(request, here, text, at)
    except Refused as refusal:
        if in_background:
            return JsonResponse(
                {"ok": False, "code": refusal.code, "message": refused_text(refusal)}, status=422
            )
        return _page(
            request, _accessed(request, here.id), error=refused_text(refusal), typed=text, status=422
        )
    if in_background:
        return JsonResponse({"ok": True, "last_seq": said.seq, "client_msg_id": uuid4().hex})
    return redirect(_next(request, here))


def _say(request: StaffRequest, here: ConversationView, text: str, at: datetime) -> MessageView:
    """The files, each a message of its own, then the words: all or nothing; the last message said."""
    key = request.POST.get("client_msg_id", "")[:60] or uuid4().hex
    if request.POST.get("ghi_chu"):
        return mentions.write_note(
            conversation_id=here.id, text=text, author=request.actor, key=f"desk:{key}", at=at
        )
    canned.refuse_gaps(text)
    leg = legs.chosen(request, here)
    leg_id = leg.id if leg else None
    files: Sequence[Any] = request.FILES.getlist("file")
    if files and not takes_files(leg or here):
        raise FilesNotHere(field="file")
    chat_files.check(files)
    said = None
    with transaction.atomic():
        for number, upload in enumerate(files):
            stored = chat_files.keep(upload, here, request.actor, at)
            said = messaging_ops.append_out(
                conversation_id=here.id, text="", author=request.actor, at=at, kind="FILE", leg_id=leg_id,
                key=f"desk:{key}:{number}:{stored.sha256[:16]}",
                payload={"document_id": str(stored.id), "file_name": stored.name, "mime": stored.mime},
            )  # fmt: skip
        if text.strip() or said is None:
            said = messaging_ops.append_out(
                conversation_id=here.id,
                text=text,
                author=request.actor,
                key=f"desk:{key}",
                at=at,
                leg_id=leg_id,
            )
    return said


def takes_files(here: ConversationView | LegView) -> bool:
    """Whether the customer can open a file there: on our own pages, where they are known by their cookie, or by Zalo."""
    return here.channel in {webchat.CODE, zalo.CODE}


def _next(request: StaffRequest, here: ConversationView) -> str:
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if wanted and is_ours else reverse("desk:conversation", args=(here.id,))


@require_POST
@staff_page(*TALKERS)
def act(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """Take over, step in, give back to the assistant or the queue, part an address that is somebody else's, end."""
    here, at, actor = _accessed(request, conversation_id), clock.now(), request.actor
    wanted = request.POST.get("viec", "")
    try:
        if wanted == "nhan":
            messaging_ops.take_over(conversation_id=here.id, actor=actor, at=at)
        elif wanted == "thay" and actor.has_role(Role.SUPERVISOR):
            messaging_ops.take_over(conversation_id=here.id, actor=actor, at=at, must_be_free=False)
        elif wanted == "tro-ly":
            messaging_ops.release(conversation_id=here.id, actor=actor, at=at)
        elif wanted == "hang-cho":
            messaging_ops.release(conversation_id=here.id, actor=actor, at=at, to_queue=True)
        elif wanted == "xin-so" and here.channel == zalo.CODE:
            _ask_for_contact(request, here, at)
        elif wanted == "tach" and (leg := legs.chosen(request, here)) is not None:
            messaging_ops.part(conversation_id=here.id, leg_id=leg.id, actor=actor, at=at)
        elif wanted == "ket-thuc" and here.staff_id in {"", actor.id}:
            messaging_ops.close(conversation_id=here.id, actor=actor, at=at)
        else:
            raise Http404
    except Refused as refusal:
        return _page(request, _accessed(request, here.id), error=refused_text(refusal), status=409)
    company_ops.record_audit(
        actor=actor,
        verb="conversation.acted",
        subject_type="conversation",
        subject_id=str(here.id),
        at=at,
        facts={"act": wanted},
    )
    return redirect(_next(request, here))


def _ask_for_contact(request: StaffRequest, here: ConversationView, at: datetime) -> None:
    """Zalo's own question for name and number; what comes back is a hint, no proof."""
    messaging_ops.append_out(
        conversation_id=here.id, text=gettext("Xin anh/chị cho biết số điện thoại để nhân viên gọi lại."), author=request.actor,
        key=f"contact:{request.POST.get('key', '')[:60] or uuid4().hex}", at=at, payload={"ask": "contact"},
    )  # fmt: skip


@require_POST
@staff_page(*TALKERS)
def resend(request: StaffRequest, conversation_id: UUID, seq: int) -> HttpResponse:
    """Try a message again that the channel did not take."""
    here, at = _accessed(request, conversation_id), clock.now()
    sent = messaging_queries.find_outbox(f"message:{here.id}:{seq}")
    if sent is None:
        raise Http404
    try:
        messaging_ops.retry_dead(outbox_id=sent.id, actor=request.actor, at=at)
    except Refused as refusal:
        return _page(request, here, error=refused_text(refusal), status=409)
    messages.success(request, gettext("Đang gửi lại tin."))
    return redirect("desk:conversation", conversation_id=here.id)


@require_POST
@staff_page(*TALKERS)
def send_form(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """Send the customer a form, filled in as far as we know: one draft, gone on with in the chat or by the
    link.
    """
    here, at, actor = _accessed(request, conversation_id), clock.now(), request.actor
    service = catalogue.find(request.POST.get("dich-vu", ""), local_date(at))
    if service is None:
        raise Http404
    try:
        messaging_ops.take_over(conversation_id=here.id, actor=actor, at=at)
        draft = request_ops.start_draft(
            service_code=service.code, channel=_channel_of(here), actor=actor, at=at, visitor_id=here.visitor_id,
            customer_id=here.customer_id, conversation_id=here.id,
            answers=known.answers(service, customer_id=here.customer_id),
        )  # fmt: skip
        link = company_queries.public_address(f"{reverse('customer:resume')}?ma={draft.resume_code}")
        language = here.language or get_language() or "vi"
        told = gettext("Em gửi anh/chị phiếu “%(service)s”, đã điền sẵn những gì chúng tôi biết. Anh/chị mở để xem và điền tiếp: %(link)s") % {
            "service": service.name.get(language), "link": link,
        }  # fmt: skip
        messaging_ops.append_out(
            conversation_id=here.id, text=told, author=actor, at=at,
            key=f"form:{request.POST.get('key', '')[:60] or uuid4().hex}",
            buttons=[{"label": gettext("Mở phiếu"), "url": link}],
        )  # fmt: skip
    except Refused as refusal:
        return _page(request, _accessed(request, here.id), error=refused_text(refusal), status=409)
    messages.success(
        request, gettext("Đã gửi phiếu “%(service)s”.") % {"service": service.name.get(get_language())}
    )
    return redirect("desk:conversation", conversation_id=here.id)


def _channel_of(here: ConversationView) -> str:
    from motcua.requests.states import Channel

    return here.channel if here.channel in set(Channel) else Channel.WEBCHAT.value


@require_safe
@staff_page(*TALKERS)
def file(request: StaffRequest, conversation_id: UUID, seq: int) -> HttpResponse:
    """A file of the conversation; the opening is logged."""
    here, at = _accessed(request, conversation_id), clock.now()
    message = messaging_queries.find_message(here.id, seq)
    document_id = parse_id(message.document_id) if message else None
    if document_id is None:
        raise Http404
    found = document_access.access_document(
        document_id=document_id, subject_type="conversation", subject_id=here.id
    )
    if request.GET.get("thumb") and found.has_thumbnail:
        content = document_ops.open_thumbnail(document_id=found.id, actor=request.actor, at=at)
        return HttpResponse(content, content_type="image/jpeg")
    content = document_ops.open_document(
        document_id=found.id, actor=request.actor, at=at, purpose="desk chat"
    )
    company_ops.record_audit(
        actor=request.actor,
        verb="document.opened",
        subject_type="document",
        subject_id=str(found.id),
        at=at,
        facts={"conversation": str(here.id)},
    )
    response = HttpResponse(content, content_type=found.mime)
    response["Content-Disposition"] = "inline"
    return response
