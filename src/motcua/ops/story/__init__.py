"""`motcua story`: the article's journey against the running server, over HTTP, as the outside world would."""

from __future__ import annotations

import argparse
import os
import time

from motcua.ops.home import noted_port
from motcua.ops.sign_ins import DEMO_PASSWORD
from motcua.ops.story.browser import Different
from motcua.ops.trouble import Exit, Trouble

DEFAULT_PORT = 8000


def run(told: argparse.Namespace) -> int:
    """Play `--count` stories. Exit code 1 when anything differed from what it should be."""
    from motcua.ops.story.play import Play

    play = Play(
        host=f"{told.company.lower()}.localhost",
        port=told.port or noted_port(told.home or os.environ.get("MOTCUA_HOME") or "var") or DEFAULT_PORT,
        count=told.count,
        password=DEMO_PASSWORD,
        first=told.first if told.first is not None else int(time.time()) % 1_000_000,  # noqa: TID251 - a seed, no instant
        patient=told.patient,
        say=lambda line: print(line, flush=True),
    )
    print(
        f"Motcua's story, {told.count} side by side, at {play.host}:{play.port}"
        if told.count > 1
        else "Motcua's story"
    )
    try:
        play.run()
    except Different as different:
        _sum_up(play)
        raise Trouble(f"The story went wrong: {different}", Exit.FAILED) from None
    finally:
        play.close()
    return _sum_up(play)


def _sum_up(play: object) -> int:
    from motcua.ops.story.play import Play

    assert isinstance(play, Play)
    took = time.monotonic() - play.begun
    failed = [story for story in play.stories if story.failure]
    for story in failed[:10]:
        print(f"  failed: {story.number or story.who.number}: {story.failure[:700]}")
    seconds = play.timings()
    if seconds:
        spots = {p: seconds[min(len(seconds) - 1, int(len(seconds) * p / 100))] for p in (50, 95, 99)}
        print(
            f"  {len(play.stories) - len(failed)} of {len(play.stories)} stories in {took:.1f} s; {len(seconds)} pages, "
            f"{len(seconds) / took:.1f}/s; p50 {spots[50] * 1000:.0f} ms, p95 {spots[95] * 1000:.0f} ms, p99 {spots[99] * 1000:.0f} ms"
        )
    if len(play.stories) == 1 and play.stories[0].account_code:
        story = play.stories[0]
        print(f"  request {story.number}, account {story.account_code}")
        print(f"  follow it: http://{play.host}:{play.port}/theo-doi/{story.number}/")
    return 1 if failed else 0
