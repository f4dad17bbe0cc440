"""What a centre's refusals mean for a message: one table of the protocol's codes, a policy a class."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Policy(Enum):
    RETRY = "try again later"
    SLOWER = "the line is too fast; the message waits and loses no try"
    NEVER = "another try cannot help"
    NOBODY = "there is nobody at this number"
    LINE = "the line is not bound as it must be; bind anew"


@dataclass(frozen=True)
class Code:
    name: str
    policy: Policy


_TABLE = {
    0x01: Code("RINVMSGLEN", Policy.NEVER),
    0x02: Code("RINVCMDLEN", Policy.NEVER),
    0x03: Code("RINVCMDID", Policy.NEVER),
    0x04: Code("RINVBNDSTS", Policy.LINE),
    0x05: Code("RALYBND", Policy.LINE),
    0x08: Code("RSYSERR", Policy.RETRY),
    0x0A: Code("RINVSRCADR", Policy.NEVER),
    0x0B: Code("RINVDSTADR", Policy.NOBODY),
    0x0D: Code("RBINDFAIL", Policy.LINE),
    0x0E: Code("RINVPASWD", Policy.LINE),
    0x0F: Code("RINVSYSID", Policy.LINE),
    0x14: Code("RMSGQFUL", Policy.SLOWER),
    0x15: Code("RINVSERTYP", Policy.NEVER),
    0x43: Code("RINVESMCLASS", Policy.NEVER),
    0x45: Code("RSUBMITFAIL", Policy.RETRY),
    0x48: Code("RINVSRCTON", Policy.NEVER),
    0x49: Code("RINVSRCNPI", Policy.NEVER),
    0x50: Code("RINVDSTTON", Policy.NOBODY),
    0x51: Code("RINVDSTNPI", Policy.NOBODY),
    0x53: Code("RINVSYSTYP", Policy.LINE),
    0x58: Code("RTHROTTLED", Policy.SLOWER),
    0x62: Code("RINVEXPIRY", Policy.NEVER),
    0x64: Code("RX_T_APPN", Policy.RETRY),
    0x65: Code("RX_P_APPN", Policy.NEVER),
    0xC0: Code("RINVOPTPARSTREAM", Policy.NEVER),
    0xC1: Code("ROPTPARNOTALLWD", Policy.NEVER),
    0xC4: Code("RINVOPTPARAMVAL", Policy.NEVER),
    0xFE: Code("RDELIVERYFAILURE", Policy.RETRY),
    0xFF: Code("RUNKNOWNERR", Policy.RETRY),
}


def find(status: int) -> Code:
    """A carrier's own code is tried again, as often as any other failure."""
    return _TABLE.get(status, Code(f"R{status:04X}", Policy.RETRY))
