"""How what is no text stands in a conversation, on every channel whose people send pictures, voices and files."""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext

from motcua.companies import queries as company_queries
from motcua.kernel.results import gettext_noop as _
from motcua.messaging import queries as messaging_queries
from motcua.messaging.rules import Incoming
from motcua.requests import queries as request_queries

MEDIA_WORDS = {
    "image": _("[Ảnh]"),
    "photo": _("[Ảnh]"),
    "gif": _("[Ảnh động]"),
    "audio": _("[Tin thoại]"),
    "video": _("[Video]"),
    "sticker": _("[Nhãn dán]"),
    "file": _("[Tệp] %(name)s"),
}
FETCHED = frozenset({"image", "photo", "gif", "audio", "file"})
MEDIA_TOLD = _(
    "Em đã nhận và chuyển cho nhân viên xem. Giấy tờ cá nhân xin anh/chị gửi qua trang của điện lực: anh/chị nhắn tên dịch vụ cần làm, "
    "em sẽ gửi đường dẫn."
)


def word_of(kind: str, name: str = "") -> str:
    """The mark of something of this kind."""
    shown = gettext(MEDIA_WORDS.get(kind, _("[Tệp] %(name)s")))
    return shown % {"name": name} if "%(" in shown else shown


def with_link(channel: str, found: Incoming) -> Incoming:
    """Papers belong on our own pages: whoever is filling a form in is told where theirs is."""
    conversation = messaging_queries.find_open_conversation(channel, found.address)
    draft = request_queries.find_open_draft(conversation_id=conversation.id) if conversation else None
    if draft is None:
        return found
    link = company_queries.public_address(f"/tiep-tuc/?ma={draft.resume_code}")
    told = gettext("Em đã nhận. Ảnh giấy tờ của phiếu “%(service)s” xin anh/chị gửi tại đây: %(link)s")
    return replace(found, told=told % {"service": draft.service.name.vi, "link": link})
