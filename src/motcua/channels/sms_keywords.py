"""Words that a text message is answered to at once: the state of a request, help, no more advertising.

Each answer costs money, so a phone gets so many a day. What is said of a request depends on the phone: to the one on record
for it, its step, deadline and page; to any other, its public state alone. Marks and capitals do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any

from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext

from motcua.channels.models import KeywordCount
from motcua.companies import queries as company_queries
from motcua.config import rows
from motcua.customers import operations as customer_ops
from motcua.customers import queries as customer_queries
from motcua.kernel import codes, local_time, phones, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.results import gettext_noop as _
from motcua.requests import queries as request_queries
from motcua.requests.queries import RequestView
from motcua.requests.states import State

CHANNEL = "SMS"
BY_KEYWORD = Actor.system("sms-keyword")
ADVERTISING = ("NEWS", "SURVEY")  # what the customer agreed to hear that is no service message
TALK, HOW = "TALK", "HOW"
DEFAULTS: dict[str, Any] = {"keywords": True, "answers_per_day": 5, "other_words": TALK}
STATES = {
    State.OPEN.value: _("Đang xử lý"),
    State.WAITING_PAPERS.value: _("Chờ bổ sung giấy tờ"),
    State.SETTLED.value: _("Đã xong"),
    State.REJECTED.value: _("Không thực hiện được"),
    State.CANCELLED.value: _("Đã hủy"),
}

_STATUS = re.compile(r"^(?P<word>tt|trang thai|tra cuu|status)(?:\s*[:.\-]?\s+|\s*[:.]\s*|$)(?P<rest>.*)$")
_HELP = {"help": "en", "tro giup": "vi", "huong dan": "vi", "hd": "vi", "?": "vi"}
_STOP = {
    "stop": "en", "unsubscribe": "en", "tu choi": "vi", "tc": "vi", "tu choi qc": "vi", "tc qc": "vi", "huy qc": "vi",
}  # fmt: skip
_LIKE_A_NUMBER = re.compile(r"^(?=.*\d)[a-z0-9 .\-]{6,20}$")


class Word(Enum):
    STATUS = "STATUS"
    HELP = "HELP"
    STOP = "STOP"


@dataclass(frozen=True)
class Asked:
    """A keyword, with what stands behind it and the language it is in."""

    word: Word
    rest: str = ""
    language: str = "vi"


def read(text: str) -> Asked | None:
    """The keyword a message is; None when it is words for a conversation."""
    folded = " ".join(vietnamese.fold(text).split()).strip(" .!")
    if folded in _HELP or text.strip() == "?":
        return Asked(Word.HELP, language=_HELP.get(folded, "vi"))
    if folded in _STOP:
        return Asked(Word.STOP, language=_STOP[folded])
    found = _STATUS.match(folded)
    if found is None:
        return None
    rest = found["rest"].strip()
    if rest and not _LIKE_A_NUMBER.match(rest):
        return None  # "trang thai ho so cua toi the nao": for the assistant
    return Asked(Word.STATUS, rest, "en" if found["word"] == "status" else "vi")


def answer(asked: Asked | None, *, phone: str, settings: Mapping[str, Any], at: datetime) -> str:
    """What the phone is told; "" when it has had its answers for the day. None asked: how to ask."""
    if asked is not None and asked.word is Word.STOP:
        _stop(phone, at)
    if not _may_answer(phone, int(settings.get("answers_per_day", DEFAULTS["answers_per_day"])), at):
        return ""
    language = asked.language if asked is not None else "vi"
    with translation.override(language):
        if asked is None or asked.word is Word.HELP or (asked.word is Word.STATUS and not asked.rest):
            return _how()
        if asked.word is Word.STOP:
            return gettext(
                "%(brand)s: Đã ghi nhận, số này không nhận tin quảng cáo nữa. Tin về yêu cầu, hóa đơn và lịch cắt điện vẫn được gửi."
            ) % {"brand": _brand()}
        return _state_of(asked.rest, phone, language)


def _how() -> str:
    return gettext("%(brand)s: Soạn TT và mã yêu cầu để xem trạng thái. Soạn TU CHOI để không nhận quảng cáo. Trang web: %(link)s") % {
        "brand": _brand(), "link": company_queries.public_address("/"),
    }  # fmt: skip


def _state_of(typed: str, phone: str, language: str) -> str:
    number = codes.parse_request_number(typed)
    view = request_queries.find_by_number(number) if number else None
    if view is None:
        return gettext("%(brand)s: Không có yêu cầu mang mã %(number)s. Mã ở trên phiếu tiếp nhận, ví dụ HN26-000123-4.") % {
            "brand": _brand(), "number": typed.upper(),
        }  # fmt: skip
    state = gettext(STATES.get(view.state.state, view.state.state))
    told = {"brand": _brand(), "number": view.number, "state": state}
    if not _is_theirs(view, phone):
        return gettext("%(brand)s: Yêu cầu %(number)s: %(state)s.") % told
    told |= {
        "step": view.current_step.status.get(language).rstrip(" ."),
        "link": company_queries.public_address(f"/theo-doi/{view.number}/"),
    }
    if view.is_closed or view.state.due_at is None:
        return gettext("%(brand)s: Yêu cầu %(number)s: %(state)s. Xem: %(link)s") % told
    told["due"] = local_time.to_local(view.state.due_at).strftime("%d/%m/%Y")
    return gettext("%(brand)s: Yêu cầu %(number)s: %(step)s. Hạn %(due)s. Xem: %(link)s") % told


def _is_theirs(view: RequestView, phone: str) -> bool:
    """The answer goes to this phone: that it is the one on record for the request is proof enough to tell it more."""
    if phones.normalise(str(view.answers.get("phone", ""))) == phone:
        return True
    if view.customer_id is None:
        return False
    customer = customer_queries.find_customer(view.customer_id)
    if customer is not None and customer.phone == phone:
        return True
    handle = customer_queries.find_handle(CHANNEL, phone)
    if handle is None or handle.customer_id is None:
        return False
    return customer_queries.survivor_id(handle.customer_id) == customer_queries.survivor_id(view.customer_id)


def _stop(phone: str, at: datetime) -> None:
    """Everybody with this number hears no advertising on it from now on: refusing needs no proof."""
    people = {customer.id for customer in customer_queries.list_by_phone(phone)}
    handle = customer_queries.find_handle(CHANNEL, phone)
    if handle is not None and handle.customer_id is not None:
        people.add(handle.customer_id)
    for customer_id in sorted(people):
        for purpose in ADVERTISING:
            customer_ops.withdraw_consent(
                customer_id=customer_id, purpose=purpose, channel=CHANNEL, actor=BY_KEYWORD, at=at
            )


def _may_answer(phone: str, most: int, at: datetime) -> bool:
    day = local_time.local_date(at)
    rows.insert_new(KeywordCount(phone=phone, day=day, count=0))
    return bool(
        KeywordCount.objects.filter(phone=phone, day=day, count__lt=most).update(count=F("count") + 1)
    )


def _brand() -> str:
    return company_queries.get_company().brand
