"""When a person answers."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext

from motcua.companies import queries as company_queries
from motcua.kernel.local_time import to_local


def note(at: datetime, hotline: str) -> str:
    """Out of hours: what is answered all the same, and from when by a person; "" while people are there."""
    calendar = company_queries.get_calendar()
    if calendar.is_open(at):
        return ""
    opens = to_local(calendar.next_opening(at)).strftime("%H:%M %d/%m/%Y")
    return gettext(
        "Ngoài giờ làm việc: trợ lý tự động vẫn trả lời ngay, nhân viên trả lời từ %(opens)s. Việc gấp, gọi %(hotline)s."
    ) % {"opens": opens, "hotline": hotline}
