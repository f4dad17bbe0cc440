"""What customers send by a channel that only tells us its address: fetched once, at once, from the channel's own hosts alone.

An address is somebody else's word. So: named hosts over https, no redirect, no private address behind a name, the address
that was looked at is the one that is called, limits of size and time, nothing unpacked on the way, and what came is judged
by its content as any upload. What cannot be had is said in the conversation.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

import httpx
import structlog
from django.db import transaction
from django.utils.translation import gettext

from motcua.channels import accounts, outbound
from motcua.channels.models import MediaFetch
from motcua.config import jobs
from motcua.documents import operations as document_ops
from motcua.kernel import local_time
from motcua.kernel.actors import Actor
from motcua.kernel.ids import parse_id
from motcua.kernel.results import Refused
from motcua.messaging import operations as messaging_ops
from motcua.messaging import queries as messaging_queries
from motcua.messaging.queries import MessageView

log = structlog.get_logger(__name__)

JOB = "channels-media"
HOSTS = {
    "ZALO": (".zdn.vn", ".zadn.vn"),
    "MESSENGER": (".fbcdn.net", ".lookaside.fbsbx.com", ".cdn.fbsbx.com"),
}
LARGEST = 10_000_000
LONGEST_SECONDS = 60.0
TRIES = 5
KEEP = timedelta(days=90)
WAIT = timedelta(seconds=30)
SYSTEM = Actor.system("channel-media")
_HOST = re.compile(r"[a-z0-9.-]{4,253}")
_TRANSLATED = [ipaddress.IPv6Network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96")]
_readers: dict[str, Callable[[str], bytes]] = {}
# Voices are played and never opened by a program of ours: known by their first bytes.
_SOUNDS = (
    (b"ID3", 0, "audio/mpeg"), (b"\xff\xfb", 0, "audio/mpeg"), (b"\xff\xf1", 0, "audio/aac"), (b"\xff\xf9", 0, "audio/aac"),
    (b"OggS", 0, "audio/ogg"), (b"#!AMR", 0, "audio/amr"), (b"ftypM4A", 4, "audio/mp4"),
)  # fmt: skip


class NotAllowed(Exception):
    """The address is not one of the channel's own."""


class NotHad(Exception):
    """It cannot be had now."""


def note_new(said: MessageView, at: datetime) -> None:
    """A message came whose file is elsewhere: it will be fetched. In the message's transaction."""
    media = said.payload.get("media") or {}
    channel = str(said.payload.get("channel") or "")
    if (channel in HOSTS or channel in _readers) and media.get("url"):
        MediaFetch.objects.get_or_create(
            conversation_id=said.conversation_id,
            seq=said.seq,
            defaults={
                "channel": channel, "url": str(media["url"])[:1000], "name": str(media.get("name") or "")[:120],
                "next_at": at,
            },
        )  # fmt: skip
        jobs.wake(JOB)


def read_own(channel: str, reader: Callable[[str], bytes]) -> None:
    """A channel whose files came with the message: they are read here, by an address of its own. Raising ValueError: gone."""
    _readers[channel] = reader


def fetch_due(*, at: datetime, limit: int = 10) -> int:
    """Fetch what waits; how many came to an end. No transaction is open while a host is asked."""
    rows = list(MediaFetch.objects.filter(next_at__lte=at).order_by("next_at", "id")[:limit])
    return sum(_fetch_one(row, at) for row in rows)


def _fetch_one(row: MediaFetch, at: datetime) -> int:
    try:
        content = fetch(row.url, channel=row.channel)
        facts = _keep(row, content, at)
    except NotHad:
        if row.attempts + 1 < TRIES:
            MediaFetch.objects.filter(id=row.id).update(
                attempts=row.attempts + 1, next_at=at + WAIT * 2**row.attempts
            )
            return 0
        facts = {"media_state": "LOST"}
    except (NotAllowed, Refused) as why:
        log.warning("channel_media_refused", channel=row.channel, why=type(why).__name__)
        facts = {"media_state": "REFUSED"}
    with transaction.atomic():
        is_wanted = messaging_ops.attach(
            conversation_id=row.conversation_id, seq=row.seq, facts={"media": None, **facts}
        )
        if not is_wanted and "document_id" in facts:  # taken back while it was on its way
            _forget(facts["document_id"], row.conversation_id, [row.seq], at)
        if is_wanted and "media_state" in facts:
            messaging_ops.note(
                conversation_id=row.conversation_id, key=f"media:{row.seq}", at=at,
                text=gettext("Không lấy được tệp khách gửi; hãy xem trên ứng dụng của kênh."),
            )  # fmt: skip
        MediaFetch.objects.filter(id=row.id).delete()
    return 1


def take_back(*, channel: str, address: str, key: str, at: datetime) -> list[str]:
    """The customer took a message back: its files go at once, and are not fetched. The keys of its lines, one a file."""
    said = messaging_queries.list_said(channel=channel, address=address, key=key)
    for line in said:
        MediaFetch.objects.filter(conversation_id=line.conversation_id, seq=line.seq).delete()
        _forget(line.payload.get("document_id"), line.conversation_id, [one.seq for one in said], at)
    return [line.client_msg_id for line in said if line.client_msg_id]


def _forget(document: object, conversation_id: UUID, lines: list[int], at: datetime) -> None:
    """Delete the file, unless another line shows it: what is sent twice is kept once."""
    found = parse_id(str(document or ""))
    if found and not messaging_queries.is_shown(found, conversation_id=conversation_id, beside=lines):
        document_ops.delete_now(document_id=found, at=at)


def fetch(url: str, *, channel: str) -> bytes:
    """What is at the address. Raises NotAllowed, NotHad."""
    if channel in _readers:
        try:
            return _readers[channel](url)
        except ValueError:
            raise NotAllowed("gone") from None
    account = accounts.find_account(channel)
    if account is not None and account.is_stand_in and _is_under(url, account.base_url):
        return _read(url, headers={}, is_stand_in=True)
    found = _resolve(_allowed(url, channel))
    return _read(found.address, headers={"Host": found.host}, name=found.host)


def _read(address: str, *, headers: Mapping[str, str], name: str = "", is_stand_in: bool = False) -> bytes:
    """The answer's bytes as they come: nothing is unpacked, so that little cannot become much."""
    read = bytearray()
    asked = {**headers, "Accept-Encoding": "identity"}
    ends = time.monotonic() + LONGEST_SECONDS
    try:
        with outbound.client(is_stand_in=is_stand_in).stream(
            "GET", address, headers=asked, extensions={"sni_hostname": name} if name else {}
        ) as answer:
            if answer.status_code in {403, 404, 410}:
                raise NotAllowed("gone")
            if answer.status_code != httpx.codes.OK:
                raise NotHad(str(answer.status_code))
            if answer.headers.get("content-encoding", "identity") != "identity":
                raise NotAllowed("packed")
            for piece in answer.iter_raw():
                read += piece
                if len(read) > LARGEST:
                    raise NotAllowed("too large")
                if time.monotonic() > ends:
                    raise NotHad("slow")
    except httpx.HTTPError as error:
        raise NotHad(type(error).__name__) from None
    return bytes(read)


def _is_under(url: str, base: str) -> bool:
    """Whether the address is one of our own stand-in's: below its base, and not out of it again."""
    return url.startswith(f"{base}/") and ".." not in url and "%" not in url.partition("?")[0]


def _allowed(url: str, channel: str) -> SplitResult:
    """The address over https. Raises NotAllowed for another scheme, host, port or user."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise NotAllowed("unreadable") from None
    if parts.scheme not in {"http", "https"} or parts.username is not None or port not in {None, 80, 443}:
        raise NotAllowed("scheme")
    if not _HOST.fullmatch(host) or not f".{host}".endswith(HOSTS.get(channel, ())):
        raise NotAllowed("host")
    return parts._replace(scheme="https", netloc=host)


@dataclass(frozen=True)
class _Found:
    address: str
    host: str


def _resolve(parts: SplitResult) -> _Found:
    """The address by number: what was looked at is what is called, whatever the name says a moment later.

    Raises NotAllowed for a name that leads inside, NotHad for one that leads nowhere.
    """
    host = parts.netloc
    try:
        found = [str(row[4][0]) for row in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]
    except OSError:
        raise NotHad("name") from None
    if not found:
        raise NotHad("name")
    if not all(is_outside(one) for one in found):
        raise NotAllowed("inside")
    number = f"[{found[0]}]" if ":" in found[0] else found[0]
    return _Found(parts._replace(netloc=number).geturl(), host)


def is_outside(number: str) -> bool:
    """Whether an address is of the open internet: nothing private or reserved, nor such a one carried in another's form."""
    try:
        address = ipaddress.ip_address(number)
    except ValueError:  # with a zone, say: of this link only
        return False
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour or (address.teredo and address.teredo[1])
        if inner is None and any(address in net for net in _TRANSLATED):
            inner = ipaddress.IPv4Address(address.packed[-4:])
        if inner is not None:
            return is_outside(str(inner))
        if address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _keep(row: MediaFetch, content: bytes, at: datetime) -> dict[str, str]:
    name = row.name or urlsplit(row.url).path.rpartition("/")[2] or "tep"
    until = local_time.local_date(at) + KEEP
    sound = sound_of(content)
    if not sound:
        stored = document_ops.store(
            content=content, name=name, kind="CHAT", subject_type="conversation", subject_id=row.conversation_id,
            sensitive=True, actor=SYSTEM, at=at, delete_after=until,
        )  # fmt: skip
        return {"document_id": str(stored.id), "file_name": stored.name, "mime": stored.mime}
    stored = document_ops.store_made(
        content=content, mime=sound, name=name, kind="CHAT", subject_type="conversation", subject_id=row.conversation_id,
        sensitive=True, actor=SYSTEM, at=at, delete_after=until,
    )  # fmt: skip
    return {"document_id": str(stored.id), "file_name": stored.name, "mime": stored.mime}


def sound_of(content: bytes) -> str:
    """The kind of a voice message, "" when it is none."""
    return next((mime for mark, where, mime in _SOUNDS if content[where : where + len(mark)] == mark), "")
