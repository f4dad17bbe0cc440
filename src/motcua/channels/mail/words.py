"""The words of a mail: HTML made plain text, and what the writer did not write themselves cut off. Pure."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

LONGEST_HTML = 500_000
_BLOCKS = frozenset(
    {"p", "div", "br", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr", "pre", "section"}
)  # fmt: skip
_SILENT = frozenset({"script", "style", "head", "title", "template", "noscript", "svg", "object", "iframe"})
_VOID = frozenset(
    {"br", "hr", "img", "meta", "link", "input", "col", "area", "base", "embed", "source", "wbr"}
)
_QUOTES = re.compile(
    r"\b(gmail_quote|yahoo_quoted|moz-cite-prefix|zmail_extra|divRplyFwdMsg|OutlookMessageHeader)\b"
)
_WHO_WROTE = (
    # "Vào Th 2, 16 thg 11, 2026 vào lúc 09:00 EVN <a@b> đã viết:", also broken over lines
    r"(?:Vào|Lúc|Ngày)\s[^\n]{0,200}(?:\n[^\n]{0,200}){0,2}?đã viết\s*:",
    r"(?:On)\s[^\n]{0,200}(?:\n[^\n]{0,200}){0,2}?wrote\s*:",
    r"[^\n]{0,120}<[^\s<>@]{1,64}@[^\s<>]{1,190}>\s*(?:đã viết|viết|wrote)\s*:",
    r"-{2,}\s*(?:Thư gốc|Tin nhắn gốc|Tin nhắn ban đầu|Original Message|Thư chuyển tiếp|Forwarded message)\s*-{2,}",
    r"_{10,}",
    # the block of headers that mail programs of offices put on top
    r"(?:Từ|From|Người gửi)\s*:[^\n]{1,200}\n(?:(?:Ngày|Đã gửi|Sent|Date|Gửi|Thời gian|Đến|To|Tới|Cc|Chủ đề|Subject|Tiêu đề)\s*:[^\n]*\n?){2,}",
)
_QUOTE = re.compile(r"(?m)^[ \t>]*(?:" + "|".join(_WHO_WROTE) + ")", re.IGNORECASE)
_SIGNATURE = re.compile(r"(?m)^-- ?$")
_SENT_FROM = re.compile(
    r"(?im)^(?:Đã gửi từ|Được gửi từ|Gửi từ|Sent from|Get Outlook for|Tải Outlook cho)\b[^\n]{0,60}\s*\Z"
)
_SPACES = re.compile(r"[ \t\u00a0\u200b\ufeff]+")
_MANY_LINES = re.compile(r"\n{3,}")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class _Reader(HTMLParser):
    """Takes the text out of HTML. Nothing of the HTML itself is ever shown or followed."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.out: list[str] = []
        self.silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if self.silent:
            if tag == self.silent[-1]:
                self.silent.append(tag)
            return
        is_quote = bool(_QUOTES.search(f"{told.get('class', '')} {told.get('id', '')}"))
        is_hidden = "display:none" in told.get("style", "").replace(" ", "").lower()
        if tag not in _VOID and (tag in _SILENT or tag == "blockquote" or is_quote or is_hidden):
            self.silent.append(tag)
        elif tag in _BLOCKS:
            self.out.append("\n")
        elif tag in {"td", "th"}:
            self.out.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if self.silent:
            if tag == self.silent[-1]:
                self.silent.pop()
        elif tag in _BLOCKS:
            self.out.append("\n")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.out.append(data.replace("\r", " ").replace("\n", " "))


def of_html(html: str) -> str:
    """The words of HTML, quoted mail left out."""
    reader = _Reader()
    reader.feed(html[:LONGEST_HTML])
    reader.close()
    return tidy("".join(reader.out))


def tidy(text: str) -> str:
    """Unicode composed, no control characters, single spaces, at most one empty line."""
    plain = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    plain = _CONTROLS.sub("", plain)
    lines = [_SPACES.sub(" ", line).strip() for line in plain.split("\n")]
    return _MANY_LINES.sub("\n\n", "\n".join(lines)).strip()


def without_quotes(text: str) -> str:
    """What the writer wrote: what they quote, their signature and what their program adds are cut off.

    An answer written under the quoted lines is kept; when nothing is left, the whole is given back.
    """
    plain = tidy(text)
    found = _QUOTE.search(plain)
    own = plain if found is None else plain[: found.start()]
    own = _own_lines(own)
    if not own and found is not None:  # the answer stands under what is quoted
        own = _own_lines(_QUOTE.sub("", plain[found.start() :]))
    ended = _SIGNATURE.search(own)
    if ended is not None and own[: ended.start()].strip():
        own = own[: ended.start()]
    own = _SENT_FROM.sub("", own.strip())
    return tidy(own) or plain


def _own_lines(text: str) -> str:
    return tidy("\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">")))


def plain_subject(subject: str) -> str:
    """A subject without the marks of answers and forwarded mail."""
    plain = tidy(subject).replace("\n", " ")
    while True:
        cut = re.sub(
            r"^(?:re|fw|fwd|tl|trả lời|vt|ct|aw|sv)\s*(?:\[\d+\])?\s*:\s*", "", plain, flags=re.IGNORECASE
        )
        if cut == plain:
            return plain
        plain = cut
