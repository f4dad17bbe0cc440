"""Starts the stand-ins, says what to enter where, watches them, and ends them within five seconds at Ctrl-C."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from motcua.ops import parts, ports
from motcua.ops.home import Home
from motcua.ops.parts import Part
from motcua.ops.stopping import Stopping
from motcua.ops.trouble import Exit, Trouble

FOLDER = "outside"
READY_WITHIN_SECONDS = 180.0
STOP_SECONDS = 2.8
LOCAL = ("localhost", ".localhost", "127.0.0.1")
NOWHERE = "postgresql://nobody@127.0.0.1:1/none"  # the stand-ins keep their books in files


@dataclass(frozen=True)
class Plan:
    """What this start is to be. `hooks`: where the installation's edge is reached; `host`: the company's name there."""

    home: Home
    port: int
    hooks: str
    host: str
    company: str
    brand: str
    push_key: str

    @property
    def interface_port(self) -> int:
        return self.port + 1


def plan(told: argparse.Namespace) -> Plan:
    """Read the command line. Raises Trouble for what cannot be."""
    if os.environ.get("MOTCUA_PRODUCTION", "").lower() in {"1", "true", "yes", "on"}:
        raise Trouble(
            "The stand-ins are for trying an installation; they never run in production.", Exit.SETTINGS
        )
    company = told.company.upper()
    address = told.installation or f"http://{company.lower()}.localhost:8001"
    try:
        at = urlsplit(address)
        host, port = at.hostname or "", at.port
    except ValueError:
        host, port = "", None
    if not host or at.scheme not in {"http", "https"} or at.path not in {"", "/"}:
        raise Trouble(
            f"{address} is no address of an edge. Say it as http://hanoi.localhost:8001.", Exit.USAGE
        )
    # NAME.localhost does not resolve everywhere: the machine's own address, with the name in the Host header.
    is_here = host == LOCAL[0] or host.endswith(LOCAL[1]) or host == LOCAL[2]
    where = "127.0.0.1" if is_here else host
    return Plan(
        home=Home(Path(told.home or os.environ.get("MOTCUA_HOME") or "var") / FOLDER),
        port=told.port,
        hooks=f"{at.scheme}://{where}" + (f":{port}" if port else ""),
        host=told.host or (f"{company.lower()}.localhost" if host in (LOCAL[0], LOCAL[2]) else host),
        company=company,
        brand=told.brand or company,
        push_key=told.push_key,
    )


def run(told: argparse.Namespace) -> int:
    """Start the stand-ins and stay until told to stop; the exit code."""
    chosen = plan(told)
    stopping = Stopping()
    with chosen.home.locked("running", wait=False):
        parts.end_leftovers(chosen.home.mark)
        environment = _environment(chosen)
        os.environ.update(environment)
        from motcua.channels import stand_ins  # the environment is read when the first of our settings is

        imap, smtp = stand_ins.mail_ports(chosen.interface_port)
        purposes = {
            chosen.port: "phones",
            chosen.interface_port: "interfaces",
            imap: "mailboxes",
            smtp: "mail",
            stand_ins.smpp_port(chosen.interface_port): "text message centre",
        }
        ports.refuse_taken("127.0.0.1", purposes)
        _name_installation(chosen)
        running = _parts(chosen, environment)
        try:
            for part in running:
                part.start()
            if _wait_until_ready(purposes, running, stopping):
                _greet(chosen)
                while not stopping.asked:
                    time.sleep(0.1)
                    parts.start_again(running, may_start=lambda: not stopping.asked)
        finally:
            begun = time.monotonic()
            stopping.ignore_more()
            parts.stop_all(running, STOP_SECONDS)
            print(f"Stopped in {time.monotonic() - begun:.1f} s.")
    return Exit.OK


def _environment(chosen: Plan) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MOTCUA_", "DATABASE_"))}
    kept = {name: os.environ[name] for name in ("MOTCUA_CLOCK", "MOTCUA_LOG_FORMAT") if name in os.environ}
    return own | kept | {
        "MOTCUA_HOME": str(chosen.home.path), "MOTCUA_DEMO": "1", "MOTCUA_PORT": str(chosen.port),
        "MOTCUA_EDGE_PORT": str(chosen.interface_port), "DATABASE_URL": NOWHERE, "DATABASE_OWNER_URL": NOWHERE,
        "DATABASE_EDGE_URL": "", "DJANGO_SETTINGS_MODULE": "motcua.ops.outside.settings", "PYTHONUNBUFFERED": "1",
        parts.MARK: chosen.home.mark,
    }  # fmt: skip


def _name_installation(chosen: Plan) -> None:
    from motcua.sandbox import installation
    from motcua.sandbox.installation import Installation

    told = Installation(chosen.hooks, chosen.host, chosen.company, chosen.brand, chosen.push_key)
    installation.name(chosen.home.path, told)


def _parts(chosen: Plan, environment: Mapping[str, str]) -> list[Part]:
    (chosen.home.path / "static").mkdir(exist_ok=True)
    granian = [
        sys.executable, "-m", "granian", "--host", "127.0.0.1", "--no-ws", "--log-level", "warning",
        "--workers-kill-timeout", "2",
    ]  # fmt: skip
    pages = [
        "--interface",
        "wsgi",
        "--port",
        str(chosen.port),
        "--blocking-threads",
        "8",
        "motcua.ops.outside.pages:application",
    ]
    doors = ["--interface", "asgi", "--port", str(chosen.interface_port), "motcua.ops.outside.doors:app"]
    return [
        Part("phones", [*granian, *pages], environment, None),
        Part("interfaces", [*granian, *doors], environment, None),
    ]


def _wait_until_ready(purposes: Mapping[int, str], running: list[Part], stopping: Stopping) -> bool:
    deadline, silent = time.monotonic() + READY_WITHIN_SECONDS, list(purposes.values())
    while time.monotonic() < deadline:
        if stopping.asked:
            return False
        for part in running:
            if part.has_ended():
                raise Trouble(f"The {part.name} could not start; the lines above say why.", Exit.PART_FAILED)
        silent = [f"{purpose} at {port}" for port, purpose in purposes.items() if not ports.listens(port)]
        if not silent:
            return True
        time.sleep(0.1)
    raise Trouble(
        f"No answer within {READY_WITHIN_SECONDS:.0f} s from: {', '.join(silent)}.", Exit.PART_FAILED
    )


def _greet(chosen: Plan) -> None:
    import django

    django.setup()
    from motcua.sandbox import to_enter

    print(f"\nReady: http://localhost:{chosen.port}/ has the phones.\n")
    print(f"They serve {chosen.company} at {chosen.host} and call {chosen.hooks}/hooks/…")
    print("Enter in the installation (administration, channels):")
    for channel in to_enter.list_channels():
        print(f"\n  {channel.name}")
        for field, value in channel.fields:
            print(f"    {field}: {value}")
    print("\nCtrl-C stops them.", flush=True)
