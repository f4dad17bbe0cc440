"""`motcua pages`: what the customer's pages weigh on a slow phone, and pictures of every screen, from the running server.

`measure` opens each page with an empty cache over a throttled 3G line and tells bytes over the wire, requests and the time
to the first paint. `pictures` makes what the screens show through the pages themselves and takes small pictures of each,
on a phone and a desktop. Both need a browser (Chromium) and the package playwright, which a development environment has.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from motcua.ops.home import noted_port
from motcua.ops.trouble import Exit, Trouble


def run(told: argparse.Namespace) -> int:
    """Weigh or picture; the exit code says whether everything stayed within its bounds."""
    from motcua.ops.pages import measuring, pictures

    port = told.port or _port_of(told.home)
    if told.act == "measure":
        return measuring.run(port, as_json=told.json)
    return pictures.run(port, Path(told.into))


def _port_of(home: str) -> int:
    found = noted_port(home or os.environ.get("MOTCUA_HOME") or "var")
    if not found:
        raise Trouble("No server runs from this home; start it, or name its --port.", Exit.USAGE)
    return found
