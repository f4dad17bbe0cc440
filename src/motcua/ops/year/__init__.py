"""`motcua year-2018 --scale S`: a year of requests at a scale of 9.6 million, through the real operations.

A plan says of each request, by its number alone, who sends what, how, when and how it ends; the operations play it, batch
after batch; the boards must then say what the plan put in. A kill costs the batch that was on the way: started again, the
command goes on there, and what that batch had done already is answered, not done twice.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from motcua.ops.home import Home
from motcua.ops.trouble import Exit, Trouble

NOTE = "year-2018"
END_OF_YEAR = "2018-12-31T20:00"


def run(told: argparse.Namespace) -> int:
    """Called by the `motcua` command. Exit code 1 when a board says anything else than what went in."""
    from motcua.ops import database
    from motcua.ops.year import plan

    if os.environ.get("MOTCUA_PRODUCTION", "").lower() in {"1", "true", "yes", "on"}:
        raise Trouble("A made-up year has no place in production.", Exit.SETTINGS)
    if not 0 < told.scale <= 1:
        raise Trouble("--scale is a share of 9.6 million requests: more than 0, at most 1.", Exit.USAGE)
    codes = [told.company.upper()] if told.company else list(plan.COMPANIES)
    if set(codes) - set(plan.COMPANIES):
        raise Trouble(f"--company is one of {', '.join(plan.COMPANIES)}.", Exit.USAGE)
    home = Home(told.home or os.environ.get("MOTCUA_HOME") or "var")
    with database.entered(home) as found:
        _prepare(home, found)
        if told.money:
            return _play_money(found, home, codes, told)
        notes = _notes(found, codes, told.scale, told.simple)
        return _play(found, home, codes, told, notes)


def _prepare(home: Home, found: Any) -> None:
    """The demonstration's companies and people, when there are none yet."""
    from motcua.ops import database, fingerprint

    if database.read_note(found, "sign_ins") is not None:
        return
    done = subprocess.run(
        [
            sys.executable, "-m", "motcua.ops.prepare", "--app-login", found.app_login, "--migrate", "--seed",
            "--fingerprint", fingerprint.of_code(),
        ],
        env=database.child_environment(home, found, owner=True),
        check=False,
    )  # fmt: skip
    if done.returncode:
        raise Trouble("The database could not be prepared; the lines above say why.", Exit(done.returncode))


def _play_money(found: Any, home: Home, codes: list[str], told: argparse.Namespace) -> int:
    """Bills and payments; the scale is a share of the country's customers."""
    from motcua.kernel import clock as kernel_clock
    from motcua.ops import clock, database
    from motcua.ops.year import money

    def progress(line: str) -> None:
        print(line, flush=True)

    for code in codes:
        name = f"{NOTE}-money:{code}"
        kept = database.read_note(found, name)
        noted = dict(kept) if isinstance(kept, dict) else {"scale": told.scale, "done": 0}
        if noted["scale"] != told.scale:
            raise Trouble(
                f"This home holds the money of {code} at scale {noted['scale']}; use the same, or another MOTCUA_HOME.",
                Exit.USAGE,
            )

        def note(done: int, name: str = name) -> None:
            database.write_note(found, name, {"scale": told.scale, "done": done})

        money.play_company(code, scale=told.scale, done=noted["done"], note=note, progress=progress)
    if not told.keep_clock:
        kernel_clock.set_file(clock.clock_file(home), at=clock.instant(END_OF_YEAR))
    lines, differing = money.compare(codes, scale=told.scale, at=clock.instant(END_OF_YEAR))
    for line in lines:
        progress(line)
    progress(
        f"{differing} figures differ from what went in."
        if differing
        else "The board says exactly what went in."
    )
    return int(Exit.FAILED if differing else Exit.OK)


def _notes(found: Any, codes: list[str], scale: float, simple: bool) -> dict[str, dict[str, Any]]:
    """How far each company is. Raises Trouble when this home holds a year at another scale."""
    from motcua.ops import database
    from motcua.ops.year import mix

    notes: dict[str, dict[str, Any]] = {}
    for code in codes:
        kept = database.read_note(found, f"{NOTE}:{code}")
        note = dict(kept) if isinstance(kept, dict) else {**_sort_of_year(scale, simple), "done": 0}
        if note.get("mix") != mix.EDITION:
            raise Trouble(
                f"This home holds a year of {code} with other shares of the services; use another MOTCUA_HOME.",
                Exit.USAGE,
            )
        if (note["scale"], note.get("simple", True)) != (scale, simple):
            with_simple = " with --simple" if note.get("simple", True) else ""
            raise Trouble(
                f"This home holds the year of {code} at scale {note['scale']}{with_simple}; use the same, or another MOTCUA_HOME.",
                Exit.USAGE,
            )
        notes[code] = note
    return notes


def _sort_of_year(scale: float, simple: bool) -> dict[str, Any]:
    """What must be the same for one year from its first request to its last."""
    from motcua.ops.year import mix

    return {"scale": scale, "simple": simple, "mix": mix.EDITION}


def _play(found: Any, home: Home, codes: list[str], told: argparse.Namespace, notes: dict[str, Any]) -> int:
    from motcua.kernel import clock as kernel_clock
    from motcua.ops import clock, database
    from motcua.ops.year import mix, play, tally

    services = mix.SIMPLE if told.simple else mix.ALL

    def progress(line: str) -> None:
        print(line, flush=True)

    for code in codes:

        def note(done: int, code: str = code) -> None:
            database.write_note(
                found, f"{NOTE}:{code}", {**_sort_of_year(told.scale, told.simple), "done": done}
            )

        play.play_company(
            code, scale=told.scale, done=notes[code]["done"], batch=told.batch, folder=Path(home.path), note=note, progress=progress, services=services,
        )  # fmt: skip
    if not told.keep_clock:
        kernel_clock.set_file(clock.clock_file(home), at=clock.instant(END_OF_YEAR))
        progress(
            "The clock of this home stands at the evening of 31 December 2018 (`motcua clock real` sets it right)."
        )
    lines, differing = tally.compare(codes, scale=told.scale, services=services)
    for line in lines:
        progress(line)
    if differing:
        progress(f"{differing} figures differ from what went in.")
        return int(Exit.FAILED)
    progress("The boards say exactly what went in.")
    return int(Exit.OK)
