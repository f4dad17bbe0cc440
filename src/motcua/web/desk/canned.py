"""Ready answers: the page where they are written, and the list beside a conversation, filled in for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from motcua.companies import queries as company_queries
from motcua.companies.context import current_company
from motcua.config import clock
from motcua.customers import queries as customer_queries
from motcua.kernel.actors import Actor
from motcua.kernel.ids import parse_id
from motcua.kernel.results import Refused, gettext_noop
from motcua.messaging import access as messaging_access
from motcua.messaging.queries import ConversationView
from motcua.messaging.talk import canned, filling
from motcua.web.desk import request_page
from motcua.web.desk.conversation_lists import TALKERS
from motcua.web.form_refusals import refuse_form
from motcua.web.staff_pages import StaffRequest, staff_page

BESIDE = 8
LONGEST_QUESTION = 60


class LeftOpen(Refused):
    """What is written for a customer has a place nobody filled in."""

    code = "LEFT_OPEN"
    message = gettext_noop("Câu còn chỗ chưa điền: %(names)s. Hãy điền hoặc xóa rồi gửi.")


@dataclass(frozen=True)
class Offer:
    """A ready answer as it would be sent in a conversation; `parts` for showing, gaps marked."""

    answer: canned.CannedView
    filled: filling.Filled

    @property
    def html(self) -> SafeString:
        """The text, its gaps in <mark>."""
        pieces = []
        rest = self.filled.text
        for name in self.filled.missing:
            before, _mark, rest = rest.partition(f"⟦{name}⟧")
            pieces += [("span", before), ("mark", f"⟦{name}⟧")]
        return format_html_join("", "<{0}>{1}</{0}>", [*pieces, ("span", rest)])


class CannedForm(forms.Form):
    title = forms.CharField(label=_("Tên gọi"), max_length=canned.LONGEST_TITLE)
    shortcode = forms.CharField(
        label=_("Mã tắt"), max_length=canned.LONGEST_CODE, help_text=_("Khi trả lời khách, gõ / rồi mã này. Ví dụ: chao, hen-goi-lai.")
    )  # fmt: skip
    text = forms.CharField(
        label=_("Nội dung"), max_length=canned.LONGEST_TEXT, widget=forms.Textarea(attrs={"rows": 6})
    )
    is_shared = forms.BooleanField(label=_("Dùng chung cho mọi người"), required=False)

    def __init__(self, *args: Any, actor: Actor, **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["text"].help_text = gettext("Chỗ tự điền: %(places)s.") % {
            "places": ", ".join(f"{{{{{name}}}}}" for name in shown_places().values())
        }
        if not canned.may_keep(actor):
            del self.fields["is_shared"]


def shown_places() -> dict[str, str]:
    """The places of ready answers, named in the reader's language."""
    return {code: gettext(name) for code, (name, _names) in filling.PLACES.items()}


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*TALKERS)
def answers(request: StaffRequest) -> HttpResponse:
    """One's own ready answers and the shared ones, by words; a post adds one."""
    form = CannedForm(request.POST or None, actor=request.actor)
    if request.method == "POST" and form.is_valid() and _written(request, None, form):
        messages.success(request, gettext("Đã lưu câu mẫu."))
        return redirect("desk:canned")
    text = request.GET.get("q", "").strip()[:LONGEST_QUESTION]
    context = {
        "form": form,
        "query": text,
        "answers": [
            {"row": row, "may_edit": not row.is_shared or canned.may_keep(request.actor)}
            for row in canned.search(text, request.actor, limit=200)
        ],
        "has_errors": bool(form.errors),
    }
    return render(request, "desk/canned.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*TALKERS)
def answer(request: StaffRequest, canned_id: UUID) -> HttpResponse:
    """Correct a ready answer or take it away; what it would look like, with what is known of nobody."""
    found = canned.find(canned_id, request.actor)
    if found is None or (found.is_shared and not canned.may_keep(request.actor)):
        raise Http404
    if request.POST.get("viec") == "bo":
        canned.end(canned_id=found.id, actor=request.actor, at=clock.now())
        messages.success(request, gettext("Đã bỏ câu mẫu."))
        return redirect("desk:canned")
    initial = {
        "title": found.title,
        "shortcode": found.shortcode,
        "text": found.text,
        "is_shared": found.is_shared,
    }
    form = CannedForm(request.POST or None, initial=initial, actor=request.actor)
    if request.method == "POST" and form.is_valid() and _written(request, found.id, form):
        messages.success(request, gettext("Đã lưu câu mẫu."))
        return redirect("desk:canned")
    context = {"form": form, "answer": found, "offer": _offer(found, _of_staff(request.actor))}
    return render(request, "desk/canned_answer.html", context, status=422 if form.errors else 200)


def _written(request: StaffRequest, canned_id: UUID | None, form: CannedForm) -> bool:
    told = form.cleaned_data
    try:
        canned.write(
            canned_id=canned_id, shortcode=told["shortcode"], title=told["title"], text=told["text"],
            is_shared=bool(told.get("is_shared")), actor=request.actor, at=clock.now(),
        )  # fmt: skip
    except canned.CannedNotFound:
        raise Http404 from None
    except Refused as refusal:
        refuse_form(form, refusal)
        return False
    return True


# beside a conversation


@require_safe
@staff_page(*TALKERS)
def offers(request: StaffRequest, conversation_id: UUID) -> HttpResponse:
    """The ready answers that fit some words, filled in for this conversation: the piece the page's script asks for."""
    here = messaging_access.access_as_staff(conversation_id=conversation_id, actor=request.actor)
    return render(request, "desk/_canned_offers.html", context_of(request, here))


def context_of(request: StaffRequest, here: ConversationView) -> dict[str, Any]:
    """What the list beside a conversation shows, and the answer chosen there when the page has no script."""
    asked = request.GET.get("cau", "").strip()[:LONGEST_QUESTION]
    values = values_of(request.actor, here)
    chosen = parse_id(request.GET.get("mau", ""))
    found = canned.find(chosen, request.actor) if chosen else None
    return {
        "here": here,
        "canned_asked": asked,
        "offers": [_offer(row, values) for row in canned.search(asked, request.actor, limit=BESIDE)],
        "typed": _offer(found, values).filled.text if found else "",
    }


def values_of(actor: Actor, here: ConversationView) -> dict[str, str]:
    """What fills the places in this conversation; nothing is known of a customer without proof."""
    about = request_page.request_of(here.request_id, actor)
    names = customer_queries.list_names([here.customer_id]) if here.customer_id else {}
    values = _of_staff(actor, here.unit_code)
    if here.customer_id and names.get(here.customer_id):
        values[filling.CUSTOMER_NAME] = names[here.customer_id]
    if about is not None:
        values[filling.REQUEST_NUMBER] = about.number
    return values


def _of_staff(actor: Actor, unit_code: str = "") -> dict[str, str]:
    company = current_company()
    person = company_queries.find_staff(actor.id) if parse_id(actor.id) else None
    code = unit_code or (person.unit_id if person else "")
    values = {
        filling.AGENT: actor.name,
        filling.UNIT: company_queries.unit_names([code]).get(code, "") if code else "",
        filling.COMPANY: company.brand,
        filling.HOTLINE: company.hotline,
    }
    return {name: value for name, value in values.items() if value}


def _offer(row: canned.CannedView, values: dict[str, str]) -> Offer:
    return Offer(row, filling.fill(row.text, values, shown_places()))


def refuse_gaps(text: str) -> None:
    """Raises LeftOpen when a text for a customer still has a gap of a ready answer."""
    if open_ := filling.gaps(text):
        raise LeftOpen(field="text", names=", ".join(open_))
