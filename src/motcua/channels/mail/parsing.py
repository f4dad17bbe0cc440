"""A mail read: who wrote, what, with which files; whether a program wrote it. Pure, and safe with whatever arrives.

The limits stand against mails made to hurt: many parts, parts in parts, great sizes. What is over them is refused, never
half read. Wrong headers and encodings are common in honest mail and are read as well as can be.
"""

from __future__ import annotations

import email
import email.errors
import email.policy
import email.utils
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header, decode_header
from email.message import Message

from motcua.channels.mail import words

LARGEST = 15_000_000
MOST_PARTS = 100
DEEPEST = 12
MOST_FILES = 20
LONGEST_TEXT = 200_000
LONGEST_ADDRESS = 100
TAKEN = ("image/jpeg", "image/png", "image/heic", "image/heif", "application/pdf", "application/octet-stream")
_ADDRESS = re.compile(r"^[^\s@<>,;:\"()\[\]\\#]+@[^\s@<>,;:\"()\[\]\\#]+\.[^\s@<>,;:\"()\[\]\\#.]{2,}$")
_ID = re.compile(r"<[^<>\s]{3,248}>")
_BULK = frozenset({"bulk", "list", "junk", "auto_reply"})
_WINDOWS_1258 = frozenset({"windows-1258", "cp1258", "x-viet-vps", "x-cp1258"})


class TooMuch(ValueError):
    """The mail is larger or deeper than any honest one."""


@dataclass(frozen=True)
class File:
    """An attached file. `part` is its number among all parts; its content is read when it is stored."""

    part: int
    name: str
    mime: str
    size: int


@dataclass(frozen=True)
class Read:
    """A mail as understood. `text` is what the sender wrote now, `whole` with all that they quote."""

    message_id: str
    sender: str
    sender_name: str
    subject: str
    text: str
    recipients: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    in_reply_to: str = ""
    sent_at: datetime | None = None
    automatic: str = ""
    files: tuple[File, ...] = field(default_factory=tuple)
    refused_files: tuple[str, ...] = ()


def open_mail(raw: bytes) -> Message:
    """Raises TooMuch, ValueError for what is no mail."""
    if len(raw) > LARGEST:
        raise TooMuch("mail too large")
    try:
        message = email.message_from_bytes(raw, policy=email.policy.compat32)
    except RecursionError:
        raise TooMuch("parts in parts") from None
    if not message.keys():
        raise ValueError("no headers")
    return message


def parts(message: Message) -> Iterator[tuple[int, Message]]:
    """The leaves, numbered. Mails within mails are leaves. Raises TooMuch."""
    waiting: list[tuple[int, Message]] = [(0, message)]
    number = 0
    while waiting:
        depth, part = waiting.pop(0)
        if depth > DEEPEST:
            raise TooMuch("parts in parts")
        inside = part.get_payload() if part.get_content_maintype() == "multipart" else None
        if isinstance(inside, list):
            if len(waiting) + len(inside) > MOST_PARTS:
                raise TooMuch("too many parts")
            waiting = [(depth + 1, one) for one in inside if isinstance(one, Message)] + waiting
            continue
        number += 1
        if number > MOST_PARTS:
            raise TooMuch("too many parts")
        yield number, part


def read(raw: bytes) -> Read:
    """Raises TooMuch, ValueError when nobody can be told to have written it."""
    message = open_mail(raw)
    name, sender = _first_address(message.get("From", ""))
    plain, html, files, refused = _sort(message)
    text = words.without_quotes(plain) if plain.strip() else words.without_quotes(words.of_html(html))
    return Read(
        message_id=_id_of(message, raw),
        sender=sender,
        sender_name=name[:120],
        subject=decoded(message.get("Subject", ""))[:250],
        text=text,
        recipients=_recipients(message),
        references=_ids(message, "References"),
        in_reply_to=next(iter(_ids(message, "In-Reply-To")), ""),
        sent_at=_sent_at(message),
        automatic=automatic(message),
        files=tuple(files[:MOST_FILES]),
        refused_files=tuple([*refused, *(file.name for file in files[MOST_FILES:])][:MOST_FILES]),
    )


def content(raw: bytes, wanted: int) -> tuple[str, bytes]:
    """Name and content of a part. Raises ValueError when there is none of that number."""
    for number, part in parts(open_mail(raw)):
        if number == wanted:
            return _name_of(part), _bytes_of(part)
    raise ValueError("no such part")


def automatic(message: Message) -> str:
    """Why a mail is one that no answer may go to, "" when a person seems to have written it (RFC 3834 and custom)."""
    if str(message.get("Auto-Submitted", "no")).split(";")[0].strip().lower() != "no":
        return "AUTO_SUBMITTED"
    if str(message.get("Precedence", "")).strip().lower() in _BULK:
        return "PRECEDENCE"
    if message.get("List-Id") or message.get("List-Unsubscribe"):
        return "LIST"
    if (
        message.get("X-Autoreply")
        or message.get("X-Autorespond")
        or message.get("X-Auto-Response-Suppress") == "All"
    ):
        return "AUTO_REPLY"
    if str(message.get("Return-Path", "?")).strip() == "<>":
        return "NO_RETURN_PATH"
    if _first_address(message.get("From", ""), is_needed=False)[1].split("@")[0] in {
        "mailer-daemon",
        "postmaster",
    }:
        return "DAEMON"
    return ""


def event_id(raw: bytes) -> str:
    """The same for every copy of a mail: made of its Message-ID and what stands under its headers."""
    head, mark, body = raw.partition(b"\r\n\r\n")
    if not mark:
        head, mark, body = raw.partition(b"\n\n")
    found = _ids(email.message_from_bytes(head + b"\r\n\r\n"), "Message-ID") if mark else ()
    name = found[0].encode() if found else head
    plain = body.replace(b"\r\n", b"\n").rstrip()
    return "mail:" + hashlib.sha256(name + b"\0" + hashlib.sha256(plain).digest()).hexdigest()[:48]


def decoded(value: object) -> str:
    """A header's words, whatever was done to them: raw UTF-8, wrong charset names, words cut in the middle."""
    text = _as_text(value)
    try:
        pieces = decode_header(text)
    except (ValueError, LookupError, email.errors.HeaderParseError):
        return words.tidy(text).replace("\n", " ")
    out: list[str] = []
    held, held_charset = b"", ""
    for piece, charset in pieces:
        if isinstance(piece, bytes) and charset and charset.lower() == held_charset:
            held += piece  # one letter may be spread over two words
            continue
        out.append(_letters(held, held_charset))
        held, held_charset = b"", ""
        if isinstance(piece, bytes) and charset:
            held, held_charset = piece, charset.lower()
        else:
            out.append(piece if isinstance(piece, str) else _letters(piece, ""))
    out.append(_letters(held, held_charset))
    plain = "".join(out).encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return words.tidy(plain).replace("\n", " ")


def _as_text(value: object) -> str:
    """A header on one line; the library hides one with raw letters in an object of its own."""
    if isinstance(value, Header):
        value = "".join(
            _letters(piece, charset or "") if isinstance(piece, bytes) else piece
            for piece, charset in decode_header(value)
        )
    return re.sub(r"[\r\n]+[ \t]*", " ", str(value))


def _letters(given: bytes, charset: str) -> str:
    """Bytes as text: as said where that works, else as UTF-8, else as Windows wrote Vietnamese."""
    name = "cp1258" if charset in _WINDOWS_1258 else charset
    # raw UTF-8 comes as escapes where a header was not encoded
    for chosen in [name, "utf-8", "cp1258"]:
        if not chosen or chosen in {"unknown-8bit", "x-unknown", "us-ascii", "ascii"}:
            continue
        try:
            return given.decode(chosen)
        except (LookupError, ValueError):
            continue
    return given.decode("utf-8", "replace")


def _sort(message: Message) -> tuple[str, str, list[File], list[str]]:
    """Plain text, HTML, files taken, names of files not taken."""
    plain: list[str] = []
    html: list[str] = []
    files: list[File] = []
    refused: list[str] = []
    for number, part in parts(message):
        mime, name = part.get_content_type().lower(), _name_of(part)
        is_file = part.get_content_disposition() == "attachment" or bool(name)
        if not is_file and mime == "text/plain":
            plain.append(_text_of(part))
        elif not is_file and mime == "text/html":
            html.append(_text_of(part))
        elif mime in TAKEN:
            size = len(_bytes_of(part))
            # little pictures inside a mail are signatures and logos
            if not (
                part.get("Content-ID") and part.get_content_disposition() != "attachment" and size < 20_000
            ):
                files.append(File(number, name or "tep", mime, size))
        elif is_file:
            refused.append((name or mime)[:100])
    return "\n".join(plain)[:LONGEST_TEXT], "\n".join(html)[: words.LONGEST_HTML], files, refused


def _bytes_of(part: Message) -> bytes:
    try:
        found = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        return b""
    return found if isinstance(found, bytes) else b""


def _text_of(part: Message) -> str:
    try:
        charset = str(part.get_content_charset() or "")
    except (ValueError, LookupError):
        charset = ""
    return _letters(_bytes_of(part), charset)


def _name_of(part: Message) -> str:
    try:
        name = part.get_filename()
    except (ValueError, LookupError, TypeError):
        return "tep"
    return re.sub(r"[\\/\x00-\x1f]", "_", decoded(name))[:100] if name else ""


def _first_address(value: object, *, is_needed: bool = True) -> tuple[str, str]:
    found = email.utils.getaddresses([_as_text(value)])
    for name, address in found:
        plain = address.strip().lower()
        if len(plain) <= LONGEST_ADDRESS and _ADDRESS.match(plain):
            return decoded(name), plain
    if is_needed:
        raise ValueError("no sender")
    return "", str(value).strip("<> ").lower()


def _recipients(message: Message) -> tuple[str, ...]:
    names = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
    values = [str(value) for name in names for value in message.get_all(name, [])]
    found = [address.strip().lower() for _name, address in email.utils.getaddresses(values)]
    return tuple(dict.fromkeys(address for address in found if "@" in address))[:50]


def _ids(message: Message, name: str) -> tuple[str, ...]:
    return tuple(_ID.findall(" ".join(str(value) for value in message.get_all(name, []))))[-30:]


def _id_of(message: Message, raw: bytes) -> str:
    """The mail's name; a made one for a mail without."""
    found = _ids(message, "Message-ID")
    return found[0] if found else f"<{event_id(raw).removeprefix('mail:')}@no-id.invalid>"


def _sent_at(message: Message) -> datetime | None:
    try:
        found = email.utils.parsedate_to_datetime(str(message.get("Date", "")))
    except (TypeError, ValueError, IndexError):
        return None
    return found if found.tzinfo is not None else None
