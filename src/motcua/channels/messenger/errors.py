"""What each of Meta's error codes means for a message. A policy belongs to the class, never to a code.

A code and its second one together come first, then the code alone. Sources: Meta's page of error codes of the Messenger
Platform, and integrations that list the second codes they met.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from motcua.kernel.results import gettext_noop as _
from motcua.messaging.rules import SendFailed


class Act(StrEnum):
    """What is done with a message."""

    RETRY = "RETRY"  # later, with back-off
    SLOW_DOWN = "SLOW_DOWN"  # too many calls: in a few minutes
    ACCOUNT = "ACCOUNT"  # somebody must set something right at Meta: held back, operators are told
    CONSENT = "CONSENT"  # the Page's token is dead
    TEMPLATE = "TEMPLATE"  # the approved text is not approved (any more): held back
    WINDOW = "WINDOW"  # the customer has been silent for too long: another way
    UNREACHABLE = "UNREACHABLE"  # blocked, left: another way
    ELSEWHERE = "ELSEWHERE"  # another app of the Page has the conversation
    DEAD = "DEAD"  # wrong data or a fault of ours: never again


@dataclass(frozen=True)
class Error:
    act: Act
    about: str


ERRORS: dict[tuple[int, int], Error] = {
    (1, 0): Error(Act.RETRY, _("Messenger gửi chưa được")),
    (2, 0): Error(Act.RETRY, _("Messenger gửi chưa được")),
    (1200, 0): Error(Act.RETRY, _("Messenger gửi chưa được")),
    (4, 0): Error(Act.SLOW_DOWN, _("gọi quá nhiều")),
    (4, 2018022): Error(Act.SLOW_DOWN, _("gọi quá nhiều")),
    (32, 0): Error(Act.SLOW_DOWN, _("gọi quá nhiều")),
    (613, 0): Error(Act.SLOW_DOWN, _("gọi quá nhiều")),
    (80006, 0): Error(Act.SLOW_DOWN, _("gọi quá nhiều")),
    (613, 2018338): Error(Act.ACCOUNT, _("Meta cảnh báo dùng sai nhãn tin nhắn")),
    (10, 2018278): Error(Act.WINDOW, _("quá 24 giờ khách không nhắn")),
    (10, 2018300): Error(Act.ELSEWHERE, _("ứng dụng khác đang giữ cuộc trò chuyện")),
    (10, 0): Error(Act.ACCOUNT, _("ứng dụng hoặc trang thiếu quyền")),
    (200, 0): Error(Act.ACCOUNT, _("ứng dụng hoặc trang thiếu quyền")),
    (230, 0): Error(Act.ACCOUNT, _("ứng dụng hoặc trang thiếu quyền")),
    (100, 0): Error(Act.DEAD, _("tin sai dữ liệu")),
    (100, 1893061): Error(Act.DEAD, _("nhãn tin nhắn không còn được dùng")),
    (100, 2018001): Error(Act.UNREACHABLE, _("không tìm thấy khách này")),
    (100, 2018109): Error(Act.DEAD, _("tệp gửi kèm quá lớn")),
    (190, 0): Error(Act.CONSENT, _("khóa truy cập của trang hết hạn")),
    (551, 0): Error(Act.UNREACHABLE, _("khách đã chặn hoặc rời Messenger")),
    (551, 1545041): Error(Act.UNREACHABLE, _("khách đã chặn hoặc rời Messenger")),
}
TEMPLATE_REFUSED = 2018416

SLOW = timedelta(minutes=3)
HELD = timedelta(minutes=30)
FINAL_CODES = {Act.WINDOW: "WINDOW_CLOSED", Act.UNREACHABLE: "UNREACHABLE", Act.ELSEWHERE: "HELD_ELSEWHERE"}


def find(code: int, subcode: int = 0) -> Error:
    """The row of a code; what nobody has seen yet is tried again, a limited number of times."""
    if subcode == TEMPLATE_REFUSED:
        return Error(Act.TEMPLATE, _("mẫu tin không được duyệt"))
    return ERRORS.get((code, subcode)) or ERRORS.get((code, 0)) or Error(Act.RETRY, _("lỗi chưa biết"))


def failure(code: int, subcode: int = 0) -> SendFailed:
    """How the outbox is told of a code."""
    act = find(code, subcode).act
    name = f"META_{code}" + (f"_{subcode}" if subcode else "")
    if act in FINAL_CODES:
        return SendFailed(FINAL_CODES[act], is_final=True)
    if act is Act.DEAD:
        return SendFailed(name, is_final=True)
    if act is Act.RETRY:
        return SendFailed(name)
    if act is Act.SLOW_DOWN:
        return SendFailed(name, retry_after=SLOW, counts=False)
    return SendFailed("NEEDS_CONSENT" if act is Act.CONSENT else name, retry_after=HELD, counts=False)
