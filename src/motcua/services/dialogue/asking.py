"""What to ask next, in words and buttons, and how to ask again what was not understood."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from motcua.kernel.results import Problem, gettext_noop
from motcua.services import forms, values
from motcua.services.declaration import Eligibility, Question, QuestionType, Service, Text
from motcua.services.dialogue.tapping import Button, payload
from motcua.services.forms import Answers

SKIP = Text("Bỏ qua", "Skip")


@dataclass(frozen=True)
class Ask:
    """The next thing to say: one question, with how far we are."""

    question: Question
    text: str
    buttons: tuple[Button, ...]
    number: int
    of: int
    may_skip: bool

    @property
    def progress(self) -> str:
        return f"{self.number}/{self.of}"


def chat_questions(service: Service, answers: Answers) -> tuple[Question, ...]:
    """What the chat asks, given the answers so far."""
    return tuple(question for question in forms.visible_questions(service, answers) if question.ask_in_chat)


def next_question(
    service: Service, answers: Answers, *, skipped: Collection[str] = (), lang: str = "vi"
) -> Ask | None:
    """The next question still open; None when the summary is due, or when `find_refusal` has a refusal."""
    if find_refusal(service, answers) is not None:
        return None
    asked = chat_questions(service, answers)
    clean = forms.validate(service, answers, lang, partial=True).clean
    for number, question in enumerate(asked, start=1):
        passed = question.name in skipped and not question.required
        if question.name not in clean and not passed:
            return ask(service, question, number=number, of=len(asked), lang=lang)
    return None


def ask(service: Service, question: Question, *, number: int, of: int, lang: str = "vi") -> Ask:
    """A question in words and buttons, whatever its turn: for asking again, and for corrections."""
    lines = [question.label.get(lang)]
    if question.help:
        lines.append(question.help.get(lang))
    if question.example and question.type not in (QuestionType.CHOICE, QuestionType.YES_NO):
        lines.append(("E.g. " if lang.startswith("en") else "Ví dụ: ") + question.example)
    return Ask(
        question=question,
        text="\n".join(lines),
        buttons=list_buttons(service, question, lang),
        number=number,
        of=of,
        may_skip=not question.required,
    )


def list_buttons(service: Service, question: Question, lang: str = "vi") -> tuple[Button, ...]:
    found = []
    if question.type is QuestionType.YES_NO:
        found = [
            Button(values.YES.get(lang), payload(service, question, "true")),
            Button(values.NO.get(lang), payload(service, question, "false")),
        ]
    elif question.type in (QuestionType.CHOICE, QuestionType.MULTI):
        found = [
            Button(option.label.get(lang), payload(service, question, option.value))
            for option in question.options
        ]
    if not question.required:
        found.append(Button(SKIP.get(lang), payload(service, question, "")))
    return tuple(found)


def find_refusal(service: Service, answers: Answers) -> Eligibility | None:
    """The first rule that makes the service impossible for this customer, to be said at once."""
    refusals = forms.list_refusals(service, forms.validate(service, answers, partial=True).clean)
    return refusals[0] if refusals else None


def summary(service: Service, answers: Answers, lang: str = "vi") -> tuple[str, ...]:
    """The answers before sending, each with a number by which it can be corrected."""
    return tuple(
        f"{line.number}. {line.label.get(lang)}: {line.shown}"
        for line in forms.review(service, answers, lang)
    )


AGAIN = (
    gettext_noop("Tôi chưa hiểu câu trả lời. %(reason)s"),
    gettext_noop("Tôi vẫn chưa hiểu. %(reason)s Anh/chị có thể bấm một nút bên dưới hoặc gõ “bỏ qua”."),
    gettext_noop("Để không làm mất thời gian của anh/chị, tôi chuyển cuộc trò chuyện cho nhân viên."),
)


@dataclass(frozen=True)
class Again:
    """How to ask again: the words, and whether a person should take over."""

    problem: Problem
    hand_over: bool


def ask_again(problem: Problem, tries: int) -> Again:
    """After the first failure the reason, after the second a way round, after the third a person."""
    at = min(max(tries, 1), len(AGAIN))
    return Again(
        Problem("NOT_UNDERSTOOD", AGAIN[at - 1], {"reason": str(problem)}), hand_over=at == len(AGAIN)
    )
