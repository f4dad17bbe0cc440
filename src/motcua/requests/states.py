"""The few states a request can be in, and where it came from."""

from __future__ import annotations

from enum import StrEnum


class State(StrEnum):
    OPEN = "OPEN"  # somebody works on it, or the customer's turn has come in its normal course
    WAITING_PAPERS = "WAITING_PAPERS"  # sent back for more papers: the company's clock stands
    SETTLED = "SETTLED"
    REJECTED = "REJECTED"
    CANCELLED = "CANCELLED"

    @property
    def is_closed(self) -> bool:
        return self in {State.SETTLED, State.REJECTED, State.CANCELLED}


class Channel(StrEnum):
    WEB = "WEB"
    WEBCHAT = "WEBCHAT"
    COUNTER = "COUNTER"
    DESK = "DESK"  # a public administration centre
    CALL = "CALL"
    PORTAL = "PORTAL"
    API = "API"
    ZALO = "ZALO"
    MESSENGER = "MESSENGER"
    EMAIL = "EMAIL"
    SMS = "SMS"
    APP = "APP"


class Reception(StrEnum):
    DIRECT = "DIRECT"
    INDIRECT = "INDIRECT"
    UNKNOWN = "UNKNOWN"


RECEPTION_OF: dict[Channel, Reception] = {
    channel: Reception.DIRECT if channel in {Channel.COUNTER, Channel.DESK} else Reception.INDIRECT
    for channel in Channel
}
