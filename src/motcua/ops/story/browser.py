"""A browser without JavaScript: pages, forms, cookies. Retries what a killed server did not answer."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx


class Different(Exception):
    """What was seen is not what should be."""


@dataclass
class Form:
    """A form as it stands on the page: where it goes, and what it would send."""

    action: str
    method: str
    values: dict[str, list[str]] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)  # name, value, label
    text: str = ""

    def has(self, name: str) -> bool:
        return name in self.values


@dataclass
class Page:
    """An answered page."""

    url: str
    status: int
    html: str
    content: bytes
    forms: list[Form]
    text: str
    links: list[tuple[str, str]]
    data: dict[str, str]

    def form(self, *, action: str = "", having: str = "") -> Form:
        """The first form whose address contains `action` and that has the field. Raises Different."""
        for found in self.forms:
            if action in found.action and (not having or found.has(having)):
                return found
        raise Different(f"{self.url} has no form for {action or having!r}; it says: {self.text[:300]!r}")

    def must_say(self, *words: str) -> Page:
        """Raise Different unless all these words stand on the page."""
        for word in words:
            if word not in self.text:
                raise Different(f"{self.url} does not say {word!r}; it says: {self.text[:600]!r}")
        return self


class _Reader(HTMLParser):
    """Forms, links, visible text, and `data-` marks of a page."""

    def __init__(self, url: str) -> None:
        super().__init__(convert_charrefs=True)
        self.url = url
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.data: dict[str, str] = {}
        self.words: list[str] = []
        self._form: Form | None = None
        self._quiet = 0
        self._select: str | None = None
        self._select_has = False
        self._textarea: str | None = None
        self._button: tuple[str, str] | None = None
        self._link: str | None = None
        self._heard: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        self.data.update({n: v for n, v in told.items() if n.startswith("data-") and v})
        if tag in {"script", "style", "template", "svg"}:
            self._quiet += 1
        elif tag == "form":
            self._form = Form(
                urljoin(self.url, told.get("action", "") or self.url), told.get("method", "get").lower()
            )
            self.forms.append(self._form)
        elif tag == "a" and told.get("href"):
            self._link, self._heard = urljoin(self.url, told["href"]), []
        elif self._form is not None:
            self._control(tag, told)

    def _control(self, tag: str, told: Mapping[str, str]) -> None:
        assert self._form is not None
        name = told.get("name", "")
        if tag == "button":
            self._button, self._heard = (name, told.get("value", "")), []
        elif tag == "input" and name and "disabled" not in told:
            kind = told.get("type", "text")
            if kind in {"checkbox", "radio"}:
                self._form.values.setdefault(name, [])
                if "checked" in told:
                    self._form.values[name].append(told.get("value", "on"))
            elif kind not in {"file", "submit", "button", "image"}:
                self._form.values.setdefault(name, []).append(told.get("value", ""))
        elif tag == "select" and name:
            self._select, self._select_has = name, False
            self._form.values.setdefault(name, [])
        elif tag == "option" and self._select:
            self._option(told)
        elif tag == "textarea" and name:
            self._textarea, self._heard = name, []

    def _option(self, told: Mapping[str, str]) -> None:
        assert self._form is not None and self._select is not None
        chosen = self._form.values[self._select]
        if "selected" in told:
            chosen[:] = [told.get("value", "")]
            self._select_has = True
        elif not chosen and not self._select_has:
            chosen.append(told.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag in {"script", "style", "template", "svg"}:
            self._quiet -= 1
        elif tag == "form":
            self._form = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._form is not None and self._textarea:
            self._form.values.setdefault(self._textarea, []).append("".join(self._heard))
            self._textarea = None
        elif tag == "button" and self._form is not None and self._button:
            self._form.buttons.append((*self._button, " ".join("".join(self._heard).split())))
            self._button = None
        elif tag == "a" and self._link:
            self.links.append((self._link, " ".join("".join(self._heard).split())))
            self._link = None

    def handle_data(self, data: str) -> None:
        if self._quiet:
            return
        self.words.append(data)
        if self._textarea or self._button is not None or self._link:
            self._heard.append(data)


def read(url: str, status: int, content: bytes, is_html: bool) -> Page:
    text = content.decode("utf-8", "replace") if is_html else ""
    reader = _Reader(url)
    reader.feed(text)
    return Page(
        url,
        status,
        text,
        content,
        reader.forms,
        " ".join("".join(reader.words).split()),
        reader.links,
        reader.data,
    )


class Browser:
    """One person at one host. `NAME.localhost` need not resolve: it connects to the address with a Host
    header.
    """

    def __init__(
        self, *, host: str, port: int, address: str = "127.0.0.1", patience: float = 30.0, retry: bool = False
    ) -> None:
        self.host, self.port, self.address = host, port, address
        self.base = f"http://{host}:{port}"
        self.retry = retry
        self.timings: list[float] = []
        self._client = httpx.Client(timeout=patience, follow_redirects=False, trust_env=False)
        self._cookies: dict[str, str] = {}

    @property
    def cookies(self) -> dict[str, str]:
        """What the sites told it to keep: value by name."""
        return dict(self._cookies)

    def get(self, path: str) -> Page:
        return self._ask("GET", urljoin(self.base + "/", path))

    def submit(self, page: Page, form: Form, files: Mapping[str, Any] | None = None, **values: Any) -> Page:
        """Send the form with these values over what stands in it; a value of None takes a field away."""
        sent: dict[str, Any] = {name: list(given) for name, given in form.values.items()}
        for name, value in values.items():
            sent[name] = (
                []
                if value is None
                else [str(v) for v in value]
                if isinstance(value, (list, tuple))
                else [str(value)]
            )
        if form.method == "get":
            query = httpx.QueryParams([(n, v) for n, vs in sent.items() for v in vs])
            return self._ask("GET", f"{form.action.partition('?')[0]}?{query}")
        return self._ask("POST", form.action, data=sent, files=files, referer=page.url)

    def post_json(
        self, path: str, told: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        answer = self._send("POST", urljoin(self.base + "/", path), json=dict(told), extra=headers)
        is_json = "json" in answer.headers.get("content-type", "")
        return answer.status_code, answer.json() if is_json else answer.text

    def _ask(self, method: str, url: str, **more: Any) -> Page:
        for _hop in range(8):
            answer = self._send(method, url, **more)
            if answer.status_code not in {301, 302, 303, 307, 308}:
                break
            url = urljoin(url, answer.headers["location"])
            if answer.status_code not in {307, 308}:
                method, more = "GET", {}
        is_html = "html" in answer.headers.get("content-type", "")
        page = read(url, answer.status_code, answer.content, is_html)
        if answer.status_code >= 500:
            raise Different(f"{method} {url} answered {answer.status_code}: {page.text[:300]!r}")
        return page

    def _send(
        self, method: str, url: str, *, extra: Mapping[str, str] | None = None, referer: str = "", **more: Any
    ) -> httpx.Response:
        parts = urlsplit(url)
        target = f"http://{self.address}:{parts.port or self.port}{parts.path}" + (
            f"?{parts.query}" if parts.query else ""
        )
        headers = {
            "Host": parts.netloc or f"{self.host}:{self.port}",
            "Accept-Language": "vi",
            **(extra or {}),
        }
        if referer:
            headers["Referer"] = referer
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        answer = self._patiently(method, target, headers, more)
        for cookie in answer.headers.get_list("set-cookie"):
            name, _, rest = cookie.partition("=")
            value = rest.partition(";")[0]
            if value in {"", '""'}:
                self._cookies.pop(name.strip(), None)
            else:
                self._cookies[name.strip()] = value
        return answer

    def _patiently(
        self, method: str, target: str, headers: Mapping[str, str], more: Mapping[str, Any]
    ) -> httpx.Response:
        """Ask; while a part of the server is being restarted, ask again (every act of ours may be sent
        twice).
        """
        until = time.monotonic() + 60
        while True:
            begun = time.monotonic()
            try:
                answer = self._client.request(method, target, headers=dict(headers), **more)
            except httpx.TransportError as error:
                if not self.retry or time.monotonic() > until:
                    raise Different(f"{method} {target} got no answer: {error!r}") from error
            else:
                if not (self.retry and answer.status_code >= 500 and time.monotonic() < until):
                    self.timings.append(time.monotonic() - begun)
                    return answer
            time.sleep(0.3)

    def close(self) -> None:
        self._client.close()
