"""The chat's pages and posts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language, gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from motcua.channels import live, webchat
from motcua.companies.context import current_company, current_company_code
from motcua.companies.models import CompanyKind
from motcua.config import clock
from motcua.documents import access as document_access
from motcua.documents import operations as document_ops
from motcua.kernel import local_time
from motcua.kernel.ids import parse_id
from motcua.kernel.results import NotFound, Refused, fill
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging import unread
from motcua.messaging.queries import ConversationView, InboxView, LegView, MessageView
from motcua.services import catalogue
from motcua.web import presenting, visitors
from motcua.web.chat import hours, sending
from motcua.web.context import edge_base
from motcua.web.visitors import Visitor

SHOWN = 100


@never_cache
@require_GET
def home(request: HttpRequest) -> HttpResponse:
    """The whole chat on a page of its own."""
    return _page(request, visitors.find_visitor(request, clock.now()))


@never_cache
@require_GET
def panel(request: HttpRequest) -> HttpResponse:
    """The same as a piece of any page."""
    visitor = visitors.find_visitor(request, clock.now())
    return render(request, "chat/panel.html", _context(request, visitor, clock.now(), closable=True))


@never_cache
@require_GET
def poll(request: HttpRequest) -> HttpResponse:
    """Messages after a number, drawn; headers say where the stream is and who answers now."""
    at = clock.now()
    visitor = visitors.find_visitor(request, at)
    conversation = _conversation(visitor)
    after = request.GET.get("after", "0")
    context = _context(request, visitor, at, after=int(after) if after.isascii() and after.isdigit() else 0)
    response = render(request, "components/chat_list.html", context)
    response["X-Chat-Owner"] = context["owner"]
    response["X-Chat-Last-Seq"] = str(context["last_seq"])
    response["X-Chat-Read"] = str(context["read_seq"])
    if conversation is not None:
        response["X-Chat-Stream"] = context["stream_url"]
    return response


@never_cache
@require_GET
def count_unread(request: HttpRequest) -> HttpResponse:
    """How much this browser has not read, for the button that leads to the chat; and where it hears of more."""
    _refuse_group()
    leg = _leg(visitors.find_visitor(request, clock.now()))
    conversation = messaging_queries.find_conversation(leg.conversation_id) if leg else None
    if leg is None or conversation is None:
        return JsonResponse({"unread": 0, "stream_url": ""})
    count = unread.count_by_customer(conversation.id, leg.id)
    return JsonResponse({"unread": count, "stream_url": _stream(request, conversation, leg)})


@never_cache
@require_POST
def send(request: HttpRequest) -> HttpResponse:
    """Words, a button or files; answered at once when the assistant is free."""
    at = clock.now()
    _refuse_group()
    visitor = visitors.get_visitor(request, at)
    try:
        sending.send(request, visitor, at)
    except Refused as refusal:
        response = _refused(request, visitor, refusal)
    else:
        response = _done(request, visitor)
    return visitors.remember(request, response, visitor)


@never_cache
@require_POST
def ask_person(request: HttpRequest) -> HttpResponse:
    """One press to a person."""
    at = clock.now()
    _refuse_group()
    visitor = visitors.get_visitor(request, at)
    said = webchat.Said(
        client_msg_id=request.POST.get("client_msg_id", "")[:60] or uuid4().hex,
        text=gettext("Gặp nhân viên"),
        button="x|person",
        language=(get_language() or "vi")[:2],
        customer_id=str(visitor.session.customer_id or ""),
    )
    webchat.accept(visitor_id=visitor.id, said=said, at=at)
    webchat.answer_now(visitor_id=visitor.id, at=at)
    return visitors.remember(request, _done(request, visitor), visitor)


@never_cache
@require_GET
def file(request: HttpRequest, seq: int) -> HttpResponse:
    """A file of one's own conversation; the access is logged."""
    at = clock.now()
    visitor = visitors.find_visitor(request, at)
    leg = _leg(visitor)
    message = _own_message(leg, parse_id(request.GET.get("truoc", "")), seq) if leg else None
    document_id = parse_id(message.document_id) if message else None
    if visitor is None or message is None or document_id is None:
        raise Http404
    try:
        found = document_access.access_document(
            document_id=document_id, subject_type="conversation", subject_id=message.conversation_id
        )
    except NotFound:
        raise Http404 from None
    if request.GET.get("thumb") and found.has_thumbnail:
        content, mime = (
            document_ops.open_thumbnail(document_id=found.id, actor=visitor.actor, at=at),
            "image/jpeg",
        )
    else:
        content = document_ops.open_document(
            document_id=found.id, actor=visitor.actor, at=at, purpose="own chat"
        )
        mime = found.mime
    response = HttpResponse(content, content_type=mime)
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
    return response


def _own_message(leg: LegView, earlier_id: UUID | None, seq: int) -> MessageView | None:
    """A message said on this leg, in its conversation or in one that was joined to it."""
    message = messaging_queries.find_message(earlier_id or leg.conversation_id, seq)
    if message is None or message.is_internal or message.leg_id != leg.id:
        return None
    return message


def _leg(visitor: Visitor | None) -> LegView | None:
    """This browser in its conversation: it sees what was said here, not on the customer's other channels."""
    return messaging_queries.find_leg(webchat.CODE, str(visitor.id)) if visitor else None


def _conversation(visitor: Visitor | None) -> ConversationView | None:
    leg = _leg(visitor)
    return messaging_queries.find_conversation(leg.conversation_id) if leg else None


def _said(leg: LegView, after: int | None) -> list[MessageView]:
    """What was said here: the last of it with what stood in conversations that were joined to this one, or after a number."""
    here = leg.conversation_id
    if after is not None:
        return messaging_queries.list_messages(here, after=after, limit=SHOWN, leg_id=leg.id)
    rows = messaging_queries.list_last_messages(here, limit=SHOWN, leg_id=leg.id)
    earlier = messaging_queries.list_earlier_messages(here, limit=SHOWN - len(rows), leg_id=leg.id)
    return [message for message in earlier if message.kind != "EVENT"] + rows


def _waiting(visitor: Visitor | None) -> list[InboxView]:
    """What this visitor sent and nobody has taken in yet: the conversation was busy, or an answer failed."""
    return messaging_queries.list_waiting(webchat.CODE, str(visitor.id)) if visitor else []


def _key(event: InboxView) -> str:
    return str(event.payload.get("client_msg_id", "")) if isinstance(event.payload, dict) else ""


def _refuse_group() -> None:
    """The group's page has no chat: each company answers its own customers."""
    if current_company().kind != CompanyKind.POWER:
        raise Http404


def _stream(request: HttpRequest, conversation: ConversationView, leg: LegView) -> str:
    """Where this browser hears what is new for it; nowhere once the conversation is over."""
    if not conversation.is_open:
        return ""
    return live.stream_url(
        edge_base=edge_base(request),
        company_code=current_company_code(),
        conversation_id=conversation.id,
        leg_id=leg.id,
        after=conversation.last_seq,
    )


def _wants_piece(request: HttpRequest) -> bool:
    """Sent in the background by a script."""
    return request.headers.get("X-Requested-With", "").lower() in ("fetch", "xmlhttprequest") or (
        "application/json" in request.headers.get("Accept", "")
    )


def _done(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    conversation = _conversation(visitor)
    if _wants_piece(request):
        context = _context(request, visitor, clock.now())
        return JsonResponse(
            {
                "ok": True,
                "last_seq": context["last_seq"],
                "stream_url": context["stream_url"],
                "client_msg_id": context["client_msg_id"],
            }
        )
    after = request.POST.get("next", "")
    here = after if _is_own(request, after) else reverse("chat:home")
    waiting = _waiting(visitor)
    last = f"w{waiting[-1].id}" if waiting else conversation.last_seq if conversation else 0
    return redirect(f"{here.partition('#')[0]}#msg-{last}")


def _is_own(request: HttpRequest, address: str) -> bool:
    return bool(address) and url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )


def _refused(request: HttpRequest, visitor: Visitor, refusal: Refused) -> HttpResponse:
    words = fill(gettext(refusal.message), refusal.facts)
    status = 429 if isinstance(refusal, sending.TooManyMessages) else 422
    if _wants_piece(request):
        return JsonResponse({"ok": False, "code": refusal.code, "message": words}, status=status)
    return _page(request, visitor, error=words, typed=request.POST.get("text", ""), status=status)


def _page(
    request: HttpRequest, visitor: Visitor | None, *, error: str = "", typed: str = "", status: int = 200
) -> HttpResponse:
    context = _context(request, visitor, clock.now())
    return render(request, "chat/home.html", {**context, "error": error, "typed": typed}, status=status)


def _context(
    request: HttpRequest,
    visitor: Visitor | None,
    at: datetime,
    *,
    after: int | None = None,
    closable: bool = False,
) -> dict[str, Any]:
    _refuse_group()
    leg = _leg(visitor)
    conversation = messaging_queries.find_conversation(leg.conversation_id) if leg else None
    language = (get_language() or "vi")[:2]
    company = current_company()
    messages: list[dict[str, Any]] = []
    waiting = (
        _waiting(visitor) if after is None else []
    )  # asked for first: what is taken in meanwhile stands below
    if conversation is not None and leg is not None:
        rows = _said(leg, after)
        messages = [_drawn(row, conversation) for row in rows]
        if after is None:
            presenting.mark_read(messages, conversation.staff_read_seq, direction="IN")
        known = messaging_queries.list_known_keys(conversation.id, [_key(event) for event in waiting])
        messages += presenting.on_the_way(
            [event for event in waiting if _key(event) not in known], is_bot=conversation.owner == "BOT"
        )
        if request.GET.get("seen") != "0":  # a page nobody looks at reads nothing
            messaging_ops.mark_read(
                conversation_id=conversation.id, seq=conversation.last_seq, by_staff=False
            )
    elif after is None:
        services = catalogue.list_services(local_time.local_date(at))
        messages = [presenting.welcome(services, company.brand, language, at)]
    last_seq = conversation.last_seq if conversation else 0
    return {
        "messages": messages,
        "last_seq": max(last_seq, after or 0),
        "post_url": reverse("chat:send"),
        "fragment_url": reverse("chat:poll"),
        "stream_url": _stream(request, conversation, leg) if conversation and leg else "",
        "human_url": reverse("chat:person"),
        "client_msg_id": uuid4().hex,
        "owner": conversation.owner if conversation and conversation.is_open else "BOT",
        "keep": "chat",
        "viewpoint": "customer",
        "closable": closable,
        "read_seq": conversation.staff_read_seq if conversation else 0,
        "hours_note": hours.note(at, company.hotline) if after is None else "",
    }


def _drawn(row: MessageView, conversation: ConversationView) -> dict[str, Any]:
    key = row.client_msg_id if row.is_from_customer else None
    is_earlier = row.conversation_id != conversation.id
    return {**presenting.present(row, is_earlier=is_earlier), "key": key or ""}
