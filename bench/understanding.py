"""Understanding a message: time and memory of a process that serves, and the time to train: `python -m bench.understanding`.

Beside it, in the same run, the bare limit: only the dictionary of pieces and the product with the weights.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MOTCUA_MODELS", str(ROOT / ".cache" / "understanding"))

GOAL_P99_MS = 5.0
GOAL_RSS_MB = 100.0
TODAY = date(2026, 11, 23)
LONGEST = 300  # characters


def main() -> int:
    told = argparse.ArgumentParser(description=__doc__)
    told.add_argument("--messages", type=int, default=5000)
    told.add_argument("--train", action="store_true", help="also train a model and time it")
    arguments = told.parse_args()
    import psutil

    from motcua.assistant.understanding import evaluating, meaning, seeds, store

    begun = time.perf_counter()
    model = store.model()
    print(f"load: {(time.perf_counter() - begun) * 1000:.0f} ms (built first, if it was not there)")
    texts = _texts(arguments.messages, [m.text for m in evaluating.held_out()])
    plain = [seeds.plain_words(text, model.words) for text in texts]
    for name, act in (
        ("bare ranking", lambda at: model.rank(plain[at])),
        ("values and intents", lambda at: meaning.understand(texts[at], TODAY, model)),
    ):
        work, wall = _measure(act, len(texts))
        p50, p99 = work[len(work) // 2], work[int(len(work) * 0.99)]
        print(
            f"{name:20} p50 {p50:.2f} ms  p99 {p99:.2f} ms of the processor (p99 by the clock "
            f"{wall[int(len(wall) * 0.99)]:.2f} ms)  {1000 * len(work) / sum(work):,.0f} messages/s"
        )
    megabytes = psutil.Process().memory_info().rss / 2**20
    print(f"memory of the process {megabytes:.0f} MB; goals: p99 {GOAL_P99_MS:.0f} ms, {GOAL_RSS_MB:.0f} MB")
    if arguments.train:
        from motcua.assistant.understanding import building

        begun = time.perf_counter()
        building.build(ROOT / ".cache" / "understanding" / "bench.npz")
        print(f"training, with its trial: {time.perf_counter() - begun:.1f} s")
    return int(p99 > GOAL_P99_MS or megabytes > GOAL_RSS_MB)


def _texts(count: int, some: list[str]) -> list[str]:
    """Messages of every length up to 300 characters: single ones, and several joined as a burst."""
    found = []
    for at in range(count):
        joined = "\n".join(some[(at + n) % len(some)] for n in range(1 + at % 5))
        found.append(joined[:LONGEST])
    return found


def _measure(act: Callable[[int], object], count: int) -> tuple[list[float], list[float]]:
    """Milliseconds of the processor and by the clock, each sorted: others share the machine, and the clock shows them."""
    work, wall = [], []
    for at in range(count):
        begun, begun_wall = time.thread_time(), time.perf_counter()
        act(at)
        work.append((time.thread_time() - begun) * 1000)
        wall.append((time.perf_counter() - begun_wall) * 1000)
    return sorted(work), sorted(wall)


if __name__ == "__main__":
    sys.exit(main())
