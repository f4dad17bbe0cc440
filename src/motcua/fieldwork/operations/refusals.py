"""What an act on a visit or a crew may refuse."""

from __future__ import annotations

from motcua.kernel.results import Refused, gettext_noop


class CrewUnknown(Refused):
    code = "CREW_UNKNOWN"
    message = gettext_noop("Không có tổ công tác “%(crew)s”, hoặc tổ không phục vụ đơn vị này.")


class CrewMemberTaken(Refused):
    code = "CREW_MEMBER_TAKEN"
    message = gettext_noop("Có nhân viên đã thuộc tổ công tác khác.")


class CrewTooSmall(Refused):
    code = "CREW_TOO_SMALL"
    message = gettext_noop("Tổ công tác phải có ít nhất hai người.")


class WindowUnknown(Refused):
    code = "WINDOW_UNKNOWN"
    message = gettext_noop("Vui lòng chọn một giờ hẹn trong danh sách.")


class WindowFull(Refused):
    code = "WINDOW_FULL"
    message = gettext_noop("Giờ hẹn này vừa hết chỗ. Vui lòng chọn giờ khác.")


class TooLateToMove(Refused):
    code = "TOO_LATE_TO_MOVE"
    message = gettext_noop(
        "Tổ công tác đã lên đường hoặc lịch hẹn đã kết thúc nên không đổi giờ được. Vui lòng gọi tổng đài."
    )


class VisitClosed(Refused):
    code = "VISIT_CLOSED"
    message = gettext_noop("Lịch hẹn này đã kết thúc.")


class VisitAlreadyBooked(Refused):
    code = "VISIT_ALREADY_BOOKED"
    message = gettext_noop("Yêu cầu %(number)s đã có lịch hẹn.")


class VisitNotYours(Refused):
    code = "FORBIDDEN"
    message = gettext_noop("Lịch hẹn này thuộc đơn vị khác.")
