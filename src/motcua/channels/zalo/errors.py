"""What each of Zalo's error codes means for a message: one table for the account's messages, one for templates.

Success is `error == 0` in the body and nothing else; errors come with HTTP 200. A policy belongs to the class, never to a
code. Sources: Zalo's pages on error codes of the OA API and of template messages, as quoted by several integrations.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum

from motcua.kernel import local_time
from motcua.kernel.results import gettext_noop as _
from motcua.messaging.rules import SendFailed


class Act(StrEnum):
    """What is done with a message."""

    RETRY = "RETRY"  # later, with back-off
    SLOW_DOWN = "SLOW_DOWN"  # too many calls: in a minute
    REFRESH = "REFRESH"  # new tokens and one more try; then it is the account's trouble
    TOMORROW = "TOMORROW"  # a quota of the day is used up
    NIGHT = "NIGHT"  # from six in the morning on
    ACCOUNT = "ACCOUNT"  # somebody must set something right at Zalo: held back, operators are told
    CONSENT = "CONSENT"  # an administrator of the account must consent again
    MONEY = "MONEY"  # the account's wallet: held back, operators are told
    WINDOW = "WINDOW"  # the customer has been silent for too long: another way
    UNREACHABLE = "UNREACHABLE"  # blocked, banned, gone: another way
    NO_ZALO = "NO_ZALO"  # this number cannot or will not be reached by Zalo: a text message
    DEAD = "DEAD"  # wrong data or a fault of ours: never again


@dataclass(frozen=True)
class Error:
    code: int
    act: Act
    about: str


def _rows(act: Act, about: str, *codes: int) -> tuple[Error, ...]:
    return tuple(Error(code, act, about) for code in codes)


ACCOUNT_ERRORS: dict[int, Error] = {
    error.code: error
    for error in (
        *_rows(Act.SLOW_DOWN, _("gọi quá nhiều"), -32),
        *_rows(Act.RETRY, _("tệp gửi kèm hết hạn"), -100),
        *_rows(Act.RETRY, _("Zalo gửi chưa được"), -200),
        *_rows(Act.DEAD, _("tin sai dữ liệu"), -201, -210, -233, -235, -240, -248, -249),
        *_rows(Act.ACCOUNT, _("tài khoản Zalo OA không còn"), -204, -205),
        *_rows(
            Act.ACCOUNT,
            _("ứng dụng Zalo chưa kích hoạt hoặc chưa đăng ký"),
            -209,
            -212,
            -219,
            -242,
            -14002,
            -14003,
        ),
        *_rows(Act.TOMORROW, _("hết hạn mức gửi"), -211, -218),
        *_rows(Act.WINDOW, _("khách không quan tâm hoặc đã chặn"), -213, -217, -244),
        *_rows(Act.REFRESH, _("khóa truy cập hết hạn"), -216, -220),
        *_rows(Act.ACCOUNT, _("OA chưa xác thực hoặc cần gói cao hơn"), -221, -224),
        *_rows(Act.CONSENT, _("OA chưa cấp quyền này"), -223),
        *_rows(Act.UNREACHABLE, _("khách bị khóa hoặc lâu không dùng Zalo"), -227),
        *_rows(Act.WINDOW, _("quá 7 ngày khách không nhắn"), -230, -232),
        *_rows(Act.NIGHT, _("không gửi ban đêm"), -234),
        *_rows(Act.MONEY, _("tài khoản Zalo Cloud chưa nối hoặc hết tiền"), -320, -321),
    )
}

TEMPLATE_ERRORS: dict[int, Error] = {
    error.code: error
    for error in (
        *_rows(Act.RETRY, _("Zalo gửi chưa được"), -100),
        *_rows(Act.SLOW_DOWN, _("gọi quá nhiều"), -32),
        *_rows(Act.ACCOUNT, _("ứng dụng chưa nối đúng"), -101, -102, -103, -104, -105, -1241, -125),
        *_rows(Act.DEAD, _("lời gọi sai"), -106, -107, -121, -122, -123, -128, -129, -142, -143),
        *_rows(Act.NO_ZALO, _("số điện thoại không đúng"), -108),
        *_rows(
            Act.DEAD, _("mẫu tin hoặc dữ liệu không khớp"),
            -109, -111, -112, -1121, -1122, -1124, -113, -116, -130, -132, -148, -149, -150, -151, -152, -153, -158, -159, -161, -162,
        ),
        *_rows(Act.NO_ZALO, _("số này không nhận được tin Zalo"), -110, -114, -118, -119, -139, -140, -141),
        *_rows(Act.MONEY, _("tài khoản Zalo Cloud hết tiền"), -115, -137),
        *_rows(Act.ACCOUNT, _("ứng dụng hoặc OA chưa được phép gửi mẫu"), -117, -120, -1201, -1202, -135, -1351, -136, -138, -1381, -145),
        *_rows(Act.REFRESH, _("khóa truy cập hết hạn"), -124, -216, -220),
        *_rows(Act.ACCOUNT, _("chế độ thử chỉ gửi cho người quản trị"), -126, -127),
        *_rows(Act.ACCOUNT, _("mẫu tin chưa duyệt hoặc đã bị tắt"), -131, -146),
        *_rows(Act.NIGHT, _("không gửi ban đêm"), -133),
        *_rows(Act.TOMORROW, _("hết hạn mức gửi"), -144, -1441, -147, -1471, -1472, -160),
    )
}  # fmt: skip

SLOW = timedelta(minutes=1)
HELD = timedelta(minutes=30)
MORNING = time(6)
NEXT_DAY = time(8)
FINAL_CODES = {Act.WINDOW: "WINDOW_CLOSED", Act.UNREACHABLE: "UNREACHABLE", Act.NO_ZALO: "NO_ZALO"}


def find(code: int, *, of_template: bool = False) -> Error:
    """The row of a code; what nobody has seen yet is tried again, a limited number of times."""
    table = TEMPLATE_ERRORS if of_template else ACCOUNT_ERRORS
    return table.get(code) or Error(code, Act.RETRY, _("lỗi chưa biết"))


def failure(code: int, *, at: datetime, of_template: bool = False) -> SendFailed:
    """How the outbox is told of a code."""
    act = find(code, of_template=of_template).act
    name = f"ZALO_{code}"
    if act in FINAL_CODES:
        return SendFailed(FINAL_CODES[act], is_final=True)
    if act is Act.DEAD:
        return SendFailed(name, is_final=True)
    if act is Act.RETRY:
        return SendFailed(name)
    if act is Act.SLOW_DOWN:
        return SendFailed(name, retry_after=SLOW, counts=False)
    if act is Act.NIGHT:
        return SendFailed(name, retry_after=_next(at, MORNING) - at, counts=False)
    if act is Act.TOMORROW:
        return SendFailed(name, retry_after=_next(at, NEXT_DAY) - at, counts=False)
    return SendFailed(
        "NEEDS_CONSENT" if act in {Act.CONSENT, Act.REFRESH} else name, retry_after=HELD, counts=False
    )


def _next(at: datetime, hour: time) -> datetime:
    """The next time it is this hour in Vietnam."""
    today = local_time.local_date(at)
    first = local_time.instant(today, hour)
    return first if first > at else local_time.instant(today + timedelta(days=1), hour)
