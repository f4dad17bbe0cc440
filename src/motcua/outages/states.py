"""Kinds, states and causes of outages."""

from __future__ import annotations

from enum import StrEnum

from motcua.kernel.results import gettext_noop as _


class Kind(StrEnum):
    INCIDENT = "INCIDENT"
    PLANNED = "PLANNED"


class State(StrEnum):
    ANNOUNCED = "ANNOUNCED"  # planned; the hours say whether it is on
    OPEN = "OPEN"
    RESTORED = "RESTORED"
    CANCELLED = "CANCELLED"

    @property
    def is_over(self) -> bool:
        return self in {State.RESTORED, State.CANCELLED}


class Cause(StrEnum):
    UNKNOWN = "UNKNOWN"
    LINE = "LINE"
    STATION = "STATION"
    STORM = "STORM"
    OVERLOAD = "OVERLOAD"
    THIRD_PARTY = "THIRD_PARTY"
    UPSTREAM = "UPSTREAM"
    WORKS = "WORKS"


# What customers read.
CAUSE_NAMES: dict[Cause, str] = {
    Cause.UNKNOWN: _("Đang tìm nguyên nhân"),
    Cause.LINE: _("Hỏng đường dây"),
    Cause.STATION: _("Hỏng ở trạm biến áp"),
    Cause.STORM: _("Mưa bão, cây đổ"),
    Cause.OVERLOAD: _("Quá tải"),
    Cause.THIRD_PARTY: _("Công trình khác gây ra"),
    Cause.UPSTREAM: _("Mất nguồn từ lưới trên"),
    Cause.WORKS: _("Sửa chữa, nâng cấp lưới điện"),
}
