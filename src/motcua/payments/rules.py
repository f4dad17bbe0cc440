"""Pure decisions: which charge a bank's text means, when to try again, what may be shown of a name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from motcua.kernel import codes

FIRST_RETRY = timedelta(seconds=20)
LONGEST_RETRY = timedelta(minutes=30)


@dataclass(frozen=True)
class Candidate:
    """A charge whose code stands in the text."""

    charge_id: UUID
    remaining_vnd: int


@dataclass(frozen=True)
class Choice:
    """The charge meant, or why none could be told: NO_CODE, UNKNOWN_CODE, MANY_CODES."""

    charge_id: UUID | None
    reason: str = ""


def codes_in(text: str) -> list[str]:
    """The payment codes a bank's text can mean, each once.

    Banks put their own words before and behind ("MBVCB.123.CM000000017B.CT tu 0011"), glue them on, write
    lower case,
    and break the code by spaces or lines. A code counts only with its right check character.
    """
    return codes.find_payment_codes(text)


def choose(found_codes: Sequence[str], candidates: Sequence[Candidate], amount_vnd: int) -> Choice:
    """One known code is the charge, whatever the amount. Of several, the only one that owes exactly this
    amount.
    """
    if not found_codes:
        return Choice(None, "NO_CODE")
    if not candidates:
        return Choice(None, "UNKNOWN_CODE")
    if len(candidates) == 1:
        return Choice(candidates[0].charge_id)
    exact = [candidate for candidate in candidates if candidate.remaining_vnd == amount_vnd]
    return Choice(exact[0].charge_id) if len(exact) == 1 else Choice(None, "MANY_CODES")


def retry_at(at: datetime, attempts: int) -> datetime:
    """When to try again after so many failures: twice as long each time, at most half an hour."""
    wait: timedelta = FIRST_RETRY * 2 ** min(attempts, 12)
    return at + min(wait, LONGEST_RETRY)


def mask_name(name: str) -> str:
    """The first letter of each word: "Nguyễn Thị Hoa" gives "N••••• T•• H••"."""
    return " ".join(word[0] + "•" * (len(word) - 1) for word in name.split())


def mask_address(address: str) -> str:
    """The last part only: "12 Phố Huế, Hai Bà Trưng, Hà Nội" gives "•••, Hà Nội"."""
    last = address.rsplit(",", 1)[-1].strip()
    return f"•••, {last}" if "," in address and last else "•••" if address else ""
