"""Calls of several threads are worked on together by one of them, and none is lost, doubled or left waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event
from time import monotonic, sleep
from typing import Any

import pytest

from motcua.config.gathering import Gathering


class Work:
    """Doubles numbers; keeps what came together. The first time it waits until it may go on."""

    def __init__(self) -> None:
        self.together: list[list[int]] = []
        self.begun, self.may_end = Event(), Event()
        self.fails_with: BaseException | None = None

    def __call__(self, numbers: Sequence[int]) -> Sequence[int | None]:
        self.together.append(list(numbers))
        if len(self.together) == 1:
            self.begun.set()
            assert self.may_end.wait(60)
            if self.fails_with is not None:
                raise self.fails_with
        return [None if number < 0 else 2 * number for number in numbers]


def begin(work: Work, most: int, numbers: Sequence[int]) -> list[Future[int | None]]:
    """Ask for the first number, and while it is worked on for the others, in their order; then let it go on."""
    gathering: Gathering[int, int] = Gathering(work, most=most)
    with ThreadPoolExecutor(len(numbers)) as pool:
        asked = [pool.submit(gathering.ask, numbers[0])]
        assert work.begun.wait(60)
        for count, number in enumerate(numbers[1:], start=1):
            asked.append(pool.submit(gathering.ask, number))
            wait_for(lambda many=count: len(gathering._waiting) == many)
        work.may_end.set()
    return asked


def wait_for(is_so: Callable[[], bool]) -> None:
    until = monotonic() + 60
    while not is_so():
        assert monotonic() < until
        sleep(0.001)


def test_one_that_is_alone_is_worked_on_at_once() -> None:
    work = Work()
    work.may_end.set()
    gathering: Gathering[int, int] = Gathering(work, most=8)

    assert [gathering.ask(number) for number in (1, 2, -3)] == [2, 4, None]
    assert work.together == [[1], [2], [-3]]


def test_those_who_come_meanwhile_go_together_and_in_their_order() -> None:
    work = Work()
    asked = begin(work, 8, [1, 2, 3, -4, 5])

    assert [one.result() for one in asked] == [2, 4, 6, None, 10]
    assert work.together == [[1], [2, 3, -4, 5]]


def test_no_more_than_so_many_go_together() -> None:
    work = Work()
    asked = begin(work, 2, [1, 2, 3, 4, 5, 6])

    assert [one.result() for one in asked] == [2, 4, 6, 8, 10, 12]
    assert work.together == [[1], [2, 3], [4, 5], [6]]


@pytest.mark.parametrize("error", [RuntimeError(), KeyboardInterrupt()])
def test_when_the_work_fails_the_others_go_on(error: BaseException) -> None:
    work = Work()
    work.fails_with = error
    asked = begin(work, 8, [1, 2, 3])

    with pytest.raises(type(error)):
        asked[0].result()
    assert [one.result() for one in asked[1:]] == [4, 6]
    assert work.together == [[1], [2, 3]]


def test_many_threads_each_get_their_own_answer() -> None:
    seen: list[Any] = []

    def work(numbers: Sequence[int]) -> Sequence[int | None]:
        seen.extend(numbers)
        return [2 * number for number in numbers]

    gathering: Gathering[int, int] = Gathering(work, most=5)
    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(gathering.ask, range(2_000))) == [2 * number for number in range(2_000)]
    assert sorted(seen) == list(range(2_000))
