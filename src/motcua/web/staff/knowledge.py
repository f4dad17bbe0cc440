"""The answers that customers and the assistant get, written by staff: articles, ways of asking, words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_safe

from motcua.assistant.knowledge import operations as knowledge_ops
from motcua.assistant.knowledge import queries as knowledge
from motcua.assistant.models import Article, ArticleState, WordList
from motcua.companies.roles import Role
from motcua.config import clock
from motcua.web import answers as showing
from motcua.web.form_refusals import refusals_beside
from motcua.web.staff_pages import StaffRequest, staff_page

WRITES = (Role.BUSINESS, Role.SUPERVISOR, Role.ADMIN)
LONGEST_ANSWER = 4000
STATES = {
    ArticleState.PUBLISHED: (_("đang dùng"), "good"),
    ArticleState.DRAFT: (_("viết dở"), "wait"),
    ArticleState.RETIRED: (_("đã cất"), "neutral"),
}


class ArticleForm(forms.Form):
    title = forms.CharField(label=_("Câu hỏi"), max_length=200)
    wordings = forms.CharField(
        label=_("Khách hàng còn hỏi thế nào"), required=False, widget=forms.Textarea(attrs={"rows": 6}), max_length=12_000,
        help_text=_("Mỗi dòng một cách hỏi, như người ta nhắn tin. Càng nhiều càng dễ tìm ra."),
    )  # fmt: skip
    answer = forms.CharField(
        label=_("Trả lời"), widget=forms.Textarea(attrs={"rows": 7}), max_length=LONGEST_ANSWER,
        help_text=_("Giá, phí, thời hạn không viết ra mà gọi tên: {hotline}, {fee:RECONNECT}, {promise:NEW-LV-RES}, {service:CHG-HOLDER}, {page:gia-dien}."),
    )  # fmt: skip
    title_en = forms.CharField(label=_("Câu hỏi, tiếng Anh"), max_length=200, required=False)
    answer_en = forms.CharField(
        label=_("Trả lời, tiếng Anh"), required=False, widget=forms.Textarea(attrs={"rows": 5}), max_length=LONGEST_ANSWER
    )  # fmt: skip
    state = forms.ChoiceField(
        label=_("Trạng thái"), choices=[(code.value, STATES[code][0]) for code in STATES]
    )
    version = forms.IntegerField(widget=forms.HiddenInput(), required=False)

    @property
    def text(self) -> knowledge_ops.Text:
        told = dict(self.cleaned_data)
        return knowledge_ops.Text(
            told["title"],
            told["answer"],
            told["title_en"],
            told["answer_en"],
            tuple(told["wordings"].splitlines()),
        )


class WordsForm(forms.Form):
    same = forms.CharField(
        label=_("Cùng nghĩa"), required=False, widget=forms.Textarea(attrs={"rows": 14}), max_length=40_000,
        help_text=_("Mỗi dòng một nhóm, cách nhau bằng dấu phẩy. Chữ đứng đầu thay cho cả nhóm."),
    )  # fmt: skip
    empty = forms.CharField(
        label=_("Bỏ qua khi tìm"), required=False, widget=forms.Textarea(attrs={"rows": 6}), max_length=10_000,
        help_text=_("Chữ đệm, cách nhau bằng dấu phẩy."),
    )  # fmt: skip


@require_safe
@staff_page(*WRITES)
def articles(request: StaffRequest) -> HttpResponse:
    """All articles, those that hold some words, and what the assistant would answer to a question."""
    text, asked = request.GET.get("tim", "").strip()[:200], request.GET.get("hoi", "").strip()[:200]
    found, hits = knowledge.ask(asked) if asked else (None, [])
    context = {
        "text": text,
        "asked": asked,
        "found": found,
        "hits": [
            (article, hit, round(hit.share * 100))
            for article, hit in zip(hits, found.hits if found else (), strict=True)
        ],
        "lines": [
            (article, *STATES[ArticleState(article.state)]) for article in knowledge.list_articles(text=text)
        ],
    }
    return render(request, "staff/articles.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*WRITES)
def add(request: StaffRequest) -> HttpResponse:
    """One more article; a customer's words may be brought along as a way of asking."""
    initial = {"state": ArticleState.PUBLISHED, "wordings": request.GET.get("cau", "")[:200]}
    return _edit(request, None, ArticleForm(request.POST or None, initial=initial))


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*WRITES)
def article(request: StaffRequest, article_id: UUID) -> HttpResponse:
    """Correct an article, take it out of use, see what it said before."""
    here = knowledge.find_article(article_id)
    if here is None:
        raise Http404
    names = ("title", "answer", "title_en", "answer_en", "state", "version")
    initial = {name: getattr(here, name) for name in names} | {"wordings": "\n".join(here.wordings)}
    return _edit(request, here, ArticleForm(request.POST or None, initial=initial))


def _edit(request: StaffRequest, here: Article | None, form: ArticleForm) -> HttpResponse:
    facts = showing.facts_of(request)
    if request.method == "POST" and form.is_valid():
        with refusals_beside(form):
            knowledge_ops.write_article(
                text=form.text, state=form.cleaned_data["state"], services=facts.services, actor=request.actor, at=clock.now(),
                article_id=here.id if here else None, version=form.cleaned_data["version"] or 0,
            )  # fmt: skip
            messages.success(request, gettext("Đã lưu. Trợ lý và trang hỏi đáp dùng ngay."))
            return redirect("staff:articles")
    context = {
        "article": here,
        "shown": showing.show(here, facts) if here else None,
        "versions": knowledge.list_versions(here.id) if here else [],
        "form": form,
        "has_errors": bool(form.errors),
    }
    return render(request, "staff/article.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@staff_page(*WRITES)
def words(request: StaffRequest) -> HttpResponse:
    """Words that mean the same, and words that say nothing."""
    form = WordsForm(request.POST or None, initial=_words())
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        knowledge_ops.set_words(
            kind=WordList.Kind.SAME, lists=[line.split(",") for line in told["same"].splitlines()]
        )
        knowledge_ops.set_words(kind=WordList.Kind.EMPTY, lists=[told["empty"].replace("\n", ",").split(",")])
        messages.success(request, gettext("Đã lưu."))
        return redirect("staff:words")
    context: dict[str, Any] = {"form": form, "has_errors": bool(form.errors)}
    return render(request, "staff/words.html", context, status=422 if form.errors else 200)


def _words() -> dict[str, str]:
    same, empty = knowledge.list_words(WordList.Kind.SAME), knowledge.list_words(WordList.Kind.EMPTY)
    return {
        "same": "\n".join(", ".join(group) for group in same),
        "empty": ", ".join(word for group in empty for word in group),
    }
