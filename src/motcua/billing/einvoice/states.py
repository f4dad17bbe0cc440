"""How far a message has come, decided by what is heard of it. Pure; ranks never fall.

    READY → SENDING → SENT → RECEIVED → ACCEPTED | PARTLY | REFUSED          DEAD: given up, and still willing to hear

The technical receipt may be lost: a verdict says that the message was received. A receipt that comes twice, late or after
the verdict changes nothing. Two verdicts that differ change nothing either: the first stands and a person is shown both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from motcua.billing.einvoice.messages import (
    SOME_INVALID,
    VALID,
    CodedInvoice,
    Fault,
    NoticeResult,
    Receipt,
    Result,
)
from motcua.billing.models.invoices import MessageState as S

UNHEARD = frozenset({S.READY, S.SENDING, S.SENT, S.DEAD})
DECIDED = frozenset({S.ACCEPTED, S.PARTLY, S.REFUSED})


class Unreadable:
    """-1: the authority could not read the message."""


Heard = Receipt | Result | CodedInvoice | NoticeResult | Unreadable


@dataclass(frozen=True)
class Step:
    """Where a message goes, and why when it was refused."""

    state: S
    reason: str = ""


def step(state: S, heard: Heard) -> Step | None:
    """What follows from an answer; None when it changes nothing."""
    if state in DECIDED:
        return None
    if isinstance(heard, Receipt):
        if state not in UNHEARD:
            return None
        return Step(S.RECEIVED) if heard.is_good else Step(S.REFUSED, _told(heard.faults) or "999")
    if isinstance(heard, Unreadable):
        return Step(S.REFUSED, "-1: UNREADABLE") if state in UNHEARD else None
    if isinstance(heard, CodedInvoice):
        return Step(S.ACCEPTED)
    if isinstance(heard, NoticeResult):
        return _notice_step(heard)
    if heard.verdict == VALID:
        return Step(S.ACCEPTED)
    if heard.verdict == SOME_INVALID and heard.wrong:
        return Step(S.PARTLY, _told(next(iter(heard.wrong.values()))))
    reasons = [*heard.faults, *(fault for faults in heard.wrong.values() for fault in faults)]
    return Step(S.REFUSED, _told(reasons) or f"LTBao {heard.verdict}")


def _notice_step(heard: NoticeResult) -> Step:
    if heard.accepted and all(heard.accepted.values()):
        return Step(S.ACCEPTED)
    faults = [*heard.refused, *(fault for found in heard.faults.values() for fault in found)]
    return Step(S.PARTLY if any(heard.accepted.values()) else S.REFUSED, _told(faults) or "301")


def _told(faults: Iterable[Fault]) -> str:
    return "; ".join(str(fault) for fault in list(faults)[:5])[:300]
