"""Answers in a chat: what `services.dialogue` hears, and what a first message already tells about options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from motcua.assistant import wording
from motcua.assistant.understanding import normalising, slots
from motcua.assistant.wording import ValueKind
from motcua.services import dialogue, forms, values
from motcua.services.declaration import Option, Question, QuestionType, Service

SHAPED: Mapping[QuestionType, ValueKind] = {
    QuestionType.PHONE: ValueKind.PHONE,
    QuestionType.ID_NUMBER: ValueKind.ID_NUMBER,
    QuestionType.ACCOUNT_CODE: ValueKind.ACCOUNT_CODE,
    QuestionType.EMAIL: ValueKind.EMAIL,
}
LEAST_OF_PLACE = 4  # words: "số 12 Lê Lợi"; "phường 7" alone is no place to drive to
FREE = frozenset({QuestionType.TEXT, QuestionType.LONG_TEXT, QuestionType.PERSON_NAME, QuestionType.PLACE})


def read(question: Question, text: str, *, today: date, known_phone: str = "") -> dialogue.Heard:
    """What a free text means as the answer to this question."""
    number = wording.choice_number(text)
    if number is not None and question.type is QuestionType.CHOICE and 1 <= number <= len(question.options):
        return dialogue.Heard(question.options[number - 1].value)
    if number in (1, 2) and question.type is QuestionType.YES_NO:  # where buttons are numbered lines
        return dialogue.Heard(number == 1)
    if question.type is QuestionType.YES_NO and not wording.has_words(text):
        meant = wording.yes_or_no(text)
        return dialogue.Heard(meant) if meant is not None else dialogue.Heard()
    return dialogue.parse_answer(question, text, today=today, own_phone=known_phone or None)


def named_ahead(service: Service, text: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Options that a first message names in two words or more: "mất điện cả khu" tells what is happening."""
    plain = f" {' '.join(wording.words(text))} "
    found: dict[str, Any] = {}
    for question in forms.visible_questions(service, answers):
        if question.type is not QuestionType.CHOICE or not values.is_empty(answers.get(question.name)):
            continue
        hits = [
            option.value
            for option in question.options
            if any(" " in phrase and f" {phrase} " in plain for phrase in _phrases(option))
        ]
        if len(hits) == 1:
            found[question.name] = hits[0]
    return found


def told_ahead(service: Service, text: str, answers: Mapping[str, Any], today: date) -> dict[str, Any]:
    """The name and the place that a first message gives beside its wish: each where one empty question asks for it."""
    found: dict[str, Any] = {}
    given = slots.find(normalising.compose(text), today)
    for kind, wanted in (
        (slots.Kind.NAME, QuestionType.PERSON_NAME),
        (slots.Kind.ADDRESS, QuestionType.PLACE),
    ):
        said = [slot.value for slot in given if slot.kind is kind and slot.value != text.strip()]
        asking = [
            question
            for question in forms.visible_questions(service, answers)
            if question.type is wanted
            and question.ask_in_chat
            and values.is_empty(answers.get(question.name))
        ]
        if (
            len(said) != 1
            or len(asking) != 1
            or (kind is slots.Kind.ADDRESS and len(said[0].split()) < LEAST_OF_PLACE)
        ):
            continue
        heard = dialogue.parse_answer(asking[0], said[0], today=today)
        if heard.is_good:
            found[asking[0].name] = heard.value
    return found


def _phrases(option: Option) -> Iterator[str]:
    for text in (option.label.vi, option.label.en, *option.synonyms):
        plain = " ".join(wording.words(text))
        if plain:
            yield plain
