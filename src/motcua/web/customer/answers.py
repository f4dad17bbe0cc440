"""Questions and answers: what people ask, found in their own words."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from motcua.assistant.knowledge import queries as knowledge
from motcua.assistant.models import ArticleState
from motcua.web import answers as showing

LONGEST = 200


@require_safe
def questions(request: HttpRequest) -> HttpResponse:
    """All of them, or those that a question in somebody's words means."""
    text = request.GET.get("tim", "").strip()[:LONGEST]
    facts = showing.facts_of(request)
    found, articles = knowledge.ask(text) if text else (None, [])
    page = {
        "text": text,
        "best": showing.show(articles[0], facts) if found and found.is_sure else None,
        "found": [
            showing.show(article, facts)
            for article in (articles[1:] if found and found.is_sure else articles)
        ],
        "all": [
            showing.show(article, facts) for article in knowledge.list_articles(state=ArticleState.PUBLISHED)
        ],
    }
    return render(request, "customer/questions.html", page)


@require_safe
def question(request: HttpRequest, article_id: UUID) -> HttpResponse:
    """One answer."""
    article = knowledge.find_published(article_id)
    if article is None:
        raise Http404
    page = {"shown": showing.show(article, showing.facts_of(request)), "changed_at": article.changed_at}
    return render(request, "customer/question.html", page)
