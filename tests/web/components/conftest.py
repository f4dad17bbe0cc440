"""The look is tested without a database: views drawn for a request of a made-up company."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.urls import resolve, set_urlconf
from django.utils import translation

STATIC = Path(__file__).parents[3] / "src/motcua/web/static"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'"
)
URLS = "tests.web.components.urls"
COMPANY = SimpleNamespace(
    name="Tổng công ty Điện lực TP Hà Nội",
    name_en="Hanoi Power Corporation",
    brand="EVNHANOI",
    hotline="19001288",
    code="HANOI",
    site="https://evnhanoi.vn",
    kind="POWER",
    colour="#c8102e",
    schema_name="hanoi",
)


@pytest.fixture
def draw() -> Callable[..., HttpResponse]:
    """The answer to a GET of a path, as a company's page, without middleware."""

    def answer(
        path: str, language: str = "vi", cookies: dict[str, str] | None = None, **kept: Any
    ) -> HttpResponse:
        request: Any = RequestFactory().get(path)
        request.company = COMPANY
        request.COOKIES.update(cookies or {})
        for name, value in kept.items():
            setattr(request, name, value)
        match = resolve(request.path, urlconf=URLS)
        set_urlconf(URLS)  # here, for the browser's requests come in a context of their own
        try:
            with translation.override(language):
                return match.func(request, *match.args, **match.kwargs)
        finally:
            set_urlconf(None)

    return answer


@pytest.fixture
def browse(chromium: Any, draw: Callable[..., HttpResponse]) -> Iterator[Callable[..., Any]]:
    """Open a path in a window of a size; answers come from the views, with the strict policy, no server
    needed.
    """
    contexts = []

    def serve(route: Any) -> None:
        path = route.request.url.removeprefix("http://hanoi.localhost")
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/").split("?")[0]
            kind = mimetypes.guess_type(file.name)[0] or "text/javascript"
            route.fulfill(
                status=200 if file.exists() else 404,
                body=file.read_bytes() if file.exists() else b"",
                content_type=kind,
            )
            return
        try:
            answer = draw(path)
        except Exception as broken:
            route.fulfill(status=599, body=repr(broken), content_type="text/plain")
            return
        route.fulfill(
            status=answer.status_code,
            body=answer.content,
            headers={"Content-Type": answer["Content-Type"], "Content-Security-Policy": POLICY},
        )

    def open_page(path: str, width: int = 1280, height: int = 800, **options: Any) -> Any:
        options.setdefault("service_workers", "block")
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.set_default_timeout(180_000)
        page = context.new_page()
        page.route("**/*", serve)
        page.complaints = []
        page.on("console", lambda m: page.complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda e: page.complaints.append(str(e)))
        page.goto(f"http://hanoi.localhost{path}")
        return page

    yield open_page
    for context in contexts:
        context.close()
