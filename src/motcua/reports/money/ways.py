"""How a bill was paid, and how old a debt is: the words of the figures, and what each counts as.

Cashless is what reached us without banknotes in anybody's hand; online is narrower: the payer did it on a screen of their own.
A standing order is cashless and not online; money at a bank's counter is neither. Where the bank did not say how its customer
paid, the bill is cashless and not counted online: it has a way of its own, so that nobody takes silence for a screen.
"""

from __future__ import annotations

from enum import StrEnum


class Way(StrEnum):
    """How the money came that made a bill paid."""

    CASH = "CASH"  # at our counter
    AGENT = "AGENT"  # in cash at a bank's or an agent's counter
    ONLINE = "ONLINE"  # on the payer's own screen: bank's app or site, wallet, gateway
    STANDING = "STANDING"  # a standing order or mandate
    MACHINE = "MACHINE"  # at a bank's machine
    UNSAID = "UNSAID"  # through a bank, which did not say how
    CREDIT = "CREDIT"  # from what the customer had with us


CASHLESS = frozenset({Way.ONLINE, Way.STANDING, Way.MACHINE, Way.UNSAID, Way.CREDIT})
# How a bank's customer came to it (`payments.banking.CHANNELS`), as a way.
OF_CHANNEL = {
    "MOBILE": Way.ONLINE,
    "WEB": Way.ONLINE,
    "ATM": Way.MACHINE,
    "COUNTER": Way.AGENT,
    "STANDING": Way.STANDING,
    "OTHER": Way.UNSAID,
    "": Way.UNSAID,
}
# Days past due, the first that is in it; NOT_DUE also for bills without a due day.
AGES = (("NOT_DUE", None), ("UP_TO_30", 1), ("UP_TO_60", 31), ("UP_TO_90", 61), ("ABOVE_90", 91))
