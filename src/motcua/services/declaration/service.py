"""A service as a whole, of one version."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property

from motcua.services.declaration.asking import Eligibility, Page, Paper, Question
from motcua.services.declaration.fees import Fee
from motcua.services.declaration.process import Notice, Promise, Step
from motcua.services.declaration.texts import Text


class Category(StrEnum):
    """Under which heading the catalogue lists a service."""

    SUPPLY = "SUPPLY"
    CHANGE = "CHANGE"
    HELP = "HELP"
    FAULT = "FAULT"


@dataclass(frozen=True)
class Source:
    """A rule of law or of the company that the declaration rests on, with its time of validity."""

    title: str
    valid_from: date | None = None
    valid_to: date | None = None
    note: str = ""


@dataclass(frozen=True)
class Service:
    """One version of a service, valid from `valid_from` up to the day before `valid_to`."""

    code: str
    version: int
    valid_from: date
    valid_to: date | None
    name: Text
    summary: Text
    synonyms: tuple[str, ...]
    category: Category
    icon: str
    legal: tuple[Source, ...]
    questions: tuple[Question, ...]
    papers: tuple[Paper, ...]
    eligibility: tuple[Eligibility, ...]
    fee: Fee | None
    steps: tuple[Step, ...]
    promise: Promise
    notices: tuple[Notice, ...]
    pages: tuple[Page, ...] = ()
    is_internal: bool = False  # nobody asks for it: the company orders it of itself
    content_hash: str = field(default="", compare=False)
    source_file: str = field(default="", compare=False)

    @cached_property
    def _steps(self) -> Mapping[str, Step]:
        return {step.code: step for step in self.steps}

    @cached_property
    def _questions(self) -> Mapping[str, Question]:
        return {question.name: question for question in self.questions}

    @cached_property
    def _notices(self) -> Mapping[str, Notice]:
        return {notice.code: notice for notice in self.notices}

    @property
    def first_step(self) -> Step:
        return self.steps[0]

    def step(self, code: str) -> Step:
        """The step of that code; KeyError when there is none."""
        return self._steps[code]

    def question(self, name: str) -> Question:
        """The question of that name; KeyError when there is none."""
        return self._questions[name]

    def notice(self, code: str) -> Notice:
        return self._notices[code]

    def paper(self, code: str) -> Paper:
        for paper in self.papers:
            if paper.code == code:
                return paper
        raise KeyError(code)

    def inputs(self) -> Iterator[Question]:
        """Every input of every action."""
        for step in self.steps:
            for action in step.actions:
                yield from action.inputs

    def is_valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
