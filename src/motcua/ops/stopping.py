"""When a command that stays is to end."""

from __future__ import annotations

import signal


class Stopping:
    """Set by Ctrl-C, a terminal that closes or the service manager's signal."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        if not self.asked:
            print("\nStopping …", flush=True)
        self.asked = True

    def ignore_more(self) -> None:
        self.asked = True
