"""What is being put together while one message is answered: words, buttons, acts, the open form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any

from django.utils import translation

from motcua.assistant import texts
from motcua.assistant.state import (
    Act,
    HandOver,
    Learn,
    Mode,
    Outcome,
    Reply,
    Said,
    Save,
    State,
    Why,
    World,
)
from motcua.assistant.understanding import masking
from motcua.kernel import local_time, phones
from motcua.kernel.results import Problem, fill
from motcua.messaging.rules import Button, render
from motcua.services import dialogue, forms, known, values
from motcua.services.declaration import (
    Give,
    Paper,
    Question,
    QuestionType,
    Service,
    Text,
)

PAUSE = timedelta(hours=1)
PATIENCE = 3  # answers not understood in a row before a person is called
MOST_BUTTONS = 10
MOST_WISHES = 4
TO_PERSON = "x|person"
_SENSITIVE = frozenset({QuestionType.ID_NUMBER, QuestionType.ACCOUNT_CODE})


class Turn:
    """One turn. Later files add what can be done (`acting`) and what follows from what is understood (`answering`)."""

    def __init__(self, state: State, world: World, said: Said) -> None:
        self.state = replace(
            state,
            skipped=list(state.skipped),
            suspended=list(state.suspended),
            offered=list(state.offered),
            change=dict(state.change),
            photos=[dict(photo) for photo in state.photos],
            wishes=list(state.wishes),
        )
        self.world = world
        self.said = said
        self.lines: list[str] = []
        self.buttons: list[Button] = []
        self.acts: list[Act] = []
        self.saved: dict[str, dict[str, Any]] = {code: dict(d.answers) for code, d in world.drafts.items()}
        self.today = local_time.local_date(world.now)
        self.was_idle_long = _is_long_ago(state.last_at, world.now)

    def is_strange(self) -> bool:
        """True when the message is about something that is none of our trade."""
        return False

    def tell(self, text: Text) -> str:
        return text.get(self.world.language)

    def fill(self, text: Text, **facts: object) -> str:
        return render(self.tell(text), {"brand": self.world.brand, "hotline": self.world.hotline, **facts})

    def say(self, text: Text, **facts: object) -> None:
        self.lines.append(self.fill(text, **facts).strip())

    def explain(self, problem: Problem) -> str:
        with translation.override(self.world.language):
            return fill(translation.gettext(problem.message), problem.facts)

    def offer(self, *buttons: Button) -> None:
        self.buttons += buttons

    def button(self, label: Text, value: str) -> Button:
        return Button(self.tell(label), value)

    def outcome(self) -> Outcome:
        self.state.last_at = self.world.now.isoformat()
        self.buttons = _in_order(self.buttons)
        self.state.offered = [button.value for button in self.buttons if button.value]
        text = "\n\n".join(line for line in self.lines if line)
        replies = (Reply(text, tuple(self.buttons)),) if text or self.buttons else ()
        return Outcome(self.state, replies, tuple(self.acts))

    @property
    def open_service(self) -> Service | None:
        """The service of the open form, in the version it was begun under."""
        return self.service_of(self.state.service) if self.state.service else None

    def service_of(self, code: str) -> Service | None:
        draft = self.world.drafts.get(code)
        return draft.service if draft else self.world.service(code)

    @property
    def answers(self) -> dict[str, Any]:
        return self.saved.get(self.state.service, {})

    @property
    def questions(self) -> list[Question]:
        """What the chat asks, given the answers so far; optional ones only if the declaration wants them in
        a chat.
        """
        service = self.open_service
        if service is None:
            return []
        return [q for q in forms.visible_questions(service, self.answers) if q.ask_in_chat or q.required]

    def next_question(self) -> Question | None:
        service = self.open_service
        if service is None:
            return None
        clean = forms.validate(service, self.answers, self.world.language, partial=True).clean
        return next(
            (q for q in self.questions if q.name not in clean and q.name not in self.state.skipped), None
        )

    def progress(self) -> tuple[int, int]:
        questions = self.questions
        service = self.open_service
        if service is None:
            return 0, 0
        clean = forms.validate(service, self.answers, self.world.language, partial=True).clean
        done = sum(1 for q in questions if q.name in clean or q.name in self.state.skipped)
        return done, len(questions)

    def notice_form_closed_elsewhere(self) -> None:
        """A draft that was sent or dropped on the pages is no longer open here."""
        state = self.state
        state.suspended = [code for code in state.suspended if code in self.world.drafts]
        if state.service and state.service not in self.world.drafts:
            service = self.world.service(state.service)
            if service is not None:
                self.say(texts.SENT_ELSEWHERE, service=self.tell(service.name))
            self.close_form()

    def close_form(self) -> None:
        state = self.state
        state.service = state.asked = ""
        state.mode = Mode.IDLE
        state.skipped, state.change, state.photos = [], {}, []
        state.misses = 0
        state.is_danger_told = False

    def save(self, changes: Mapping[str, Any]) -> None:
        kept = {**self.answers, **changes}
        service = self.open_service
        if service and any(
            q.type is QuestionType.ACCOUNT_CODE and changes.get(q.name) for q in service.questions
        ):
            more = known.answers(service, kept, self.world.known)
            kept, changes = {**kept, **more}, {**changes, **more}
        self.saved[self.state.service] = {name: value for name, value in kept.items() if value is not None}
        self.acts.append(Save(self.state.service, dict(changes)))
        self.state.begun_by = ""
        self.state.skipped = [name for name in self.state.skipped if changes.get(name) is None]

    def asked_question(self) -> Question | None:
        if self.state.mode not in (Mode.ASKING, Mode.REFUSED) or not self.state.asked:
            return None
        return next((q for q in self.questions if q.name == self.state.asked), None)

    def review_lines(self) -> tuple[forms.ReviewLine, ...]:
        service = self.open_service
        return forms.review(service, self.answers, self.world.language) if service else ()

    def upload_papers(self) -> list[Paper]:
        service = self.open_service
        if service is None:
            return []
        clean = forms.validate(service, self.answers, self.world.language, partial=True).clean
        return [paper for paper in service.papers if Give.UPLOAD in paper.give and paper.when.holds(clean)]

    def photo_papers(self) -> set[str]:
        return {photo["paper"] for photo in self.state.photos if photo.get("paper")}

    def go_on(self) -> None:
        """Ask what is still open; else show the summary."""
        self.state.change = {}
        if self.open_service is None:
            self.menu()
            return
        if self.refuse_if_impossible():
            return
        question = self.next_question()
        if question is None:
            self.review()
        else:
            self.ask(question)

    def back_to_question(self) -> None:
        """After a digression: one short line back, with the buttons of the open question."""
        if self.open_service is not None:
            self.go_on()

    def ask(self, question: Question) -> None:
        state = self.state
        if state.asked != question.name:
            state.misses = 0
        state.mode, state.asked = Mode.ASKING, question.name
        names = [q.name for q in self.questions]
        place = (
            f"({names.index(question.name) + 1}/{len(names)}) "
            if question.name in names and len(names) > 1
            else ""
        )
        lines = [place + self.tell(question.label)]
        if question.help and not state.misses:
            lines.append(self.tell(question.help))
        if question.example and not question.options and question.type is not QuestionType.YES_NO:
            lines.append(self.fill(texts.EXAMPLE, example=question.example))
        self.lines.append("\n".join(lines))
        self.offer(*self.answer_buttons(question))

    def answer_buttons(self, question: Question) -> list[Button]:
        service = self.open_service
        if service is None:
            return []
        buttons = [
            Button(b.label, b.payload) for b in dialogue.list_buttons(service, question, self.world.language)
        ]
        if question.type is QuestionType.PHONE and self.world.known_phone:
            label = self.fill(texts.USE_THIS_PHONE, phone=phones.display(self.world.known_phone))
            buttons.insert(0, Button(label, dialogue.payload(service, question, self.world.known_phone)))
        return buttons[:MOST_BUTTONS]

    def put(self, question: Question, value: object, word: Text) -> None:
        if self.state.asked == question.name:
            self.state.misses = 0
        self.save({question.name: value})
        self.say(word, label=self.tell(question.short_label).lower(), value=self.shown(question, value))

    def shown(self, question: Question, value: object) -> str:
        return values.show(question, value, self.world.language, masked=question.type in _SENSITIVE)

    def refuse_if_impossible(self) -> bool:
        """An answer that makes the service impossible: say it at once, and what to do instead."""
        service = self.open_service
        if service is None:
            return False
        clean = forms.validate(service, self.answers, self.world.language, partial=True).clean
        refusals = forms.list_refusals(service, clean)
        if not refusals:
            return False
        rule = refusals[0]
        self.lines.append(f"{self.tell(rule.refusal)}\n{self.tell(rule.instead)}")
        self.state.mode, self.state.asked = Mode.REFUSED, rule.question
        self.offer(self.button(texts.CHANGE_ANSWER, f"e|{service.code}|{rule.question}"))
        instead = self.world.service(rule.instead_service) if rule.instead_service else None
        if instead is not None:
            self.offer(Button(self.tell(instead.name), f"s|{instead.code}"))
        self.offer(self.button(texts.PERSON, "x|person"))
        return True

    def review(self) -> None:
        """The summary, a number before each line."""
        service = self.open_service
        if service is None:
            self.say(texts.NOTHING_OPEN)
            self.menu()
            return
        question = self.next_question()
        shown = [
            f"{line.number}. {self.tell(line.label)}: {self.shown(line.question, line.value)}"
            for line in self.review_lines()
        ]
        self.lines.append("\n".join([self.fill(texts.REVIEW, service=self.tell(service.name)), *shown]))
        if question is not None:
            self.ask(question)
            return
        self.state.mode, self.state.asked = Mode.REVIEW, ""
        closing = [self.tell(service.fee.text) if service.fee else ""]
        welcome = [
            self.tell(paper.name).lower()
            for paper in self.upload_papers()
            if paper.code not in self.photo_papers()
        ]
        link = self.form_link()
        if welcome and self.world.takes_files:
            closing.append(self.fill(texts.PAPERS_WELCOME, papers="; ".join(welcome)))
        elif welcome and link:
            closing.append(self.fill(texts.PAPERS_BY_LINK, papers="; ".join(welcome)))
        closing.append(self.tell(texts.REVIEW_HOW))
        self.lines += [line for line in closing if line]
        self.offer(
            self.button(texts.SEND, "x|send"),
            self.button(texts.EDIT, "x|edit"),
            self.button(texts.CANCEL, "x|cancel"),
        )
        if welcome and link and not self.world.takes_files:
            self.offer(Button(self.tell(texts.SEND_PAPERS), url=link))

    def form_link(self) -> str:
        """The open form on our own pages, where papers are taken; empty before it is kept anywhere."""
        draft = self.world.drafts.get(self.state.service)
        return (
            f"{self.world.follow_address}/tiep-tuc/?ma={draft.resume_code}"
            if draft and draft.resume_code
            else ""
        )

    def ask_which_line(self) -> None:
        lines = self.review_lines()
        service = self.open_service
        if service is None or not lines:
            self.go_on()
            return
        self.say(texts.WHICH_LINE)
        self.lines.append(
            "\n".join(
                f"{line.number}. {self.tell(line.label)}: {self.shown(line.question, line.value)}"
                for line in lines
            )
        )
        self.state.mode, self.state.asked = Mode.REVIEW, ""
        self.offer(
            *[
                Button(f"{line.number}. {self.tell(line.label)}", f"e|{service.code}|{line.question.name}")
                for line in lines
            ]
        )

    def say_problem(self, question: Question, problem: Problem) -> None:
        """Why an answer will not do; the third time a person helps, and what was filled in stays."""
        self.state.misses += 1
        if self.state.misses >= PATIENCE:
            self.say(texts.TOO_LATE)
            self.hand_over()
            return
        self.lines.append(self.explain(problem))
        self.state.mode, self.state.asked = Mode.ASKING, question.name
        self.ask(question)
        if self.state.misses == PATIENCE - 1:
            if not question.required:
                self.offer(self.button(texts.SKIP, "x|skip"))
            self.offer(self.button(texts.PERSON, "x|person"))

    def offer_services(self) -> None:
        self.offer(
            *[
                Button(self.tell(service.name), f"s|{service.code}")
                for service in most_asked(self.world.services, MOST_BUTTONS - 1)
            ]
        )
        self.offer(self.button(texts.PERSON, "x|person"))

    def menu(self) -> None:
        self.say(texts.MENU)
        self.offer_services()
        if self.open_service is not None:
            self.offer(self.button(texts.CONTINUE, "x|go"))
        else:
            self.state.mode = Mode.CHOOSE

    def hand_over(self, *, is_urgent: bool = False) -> None:
        """To a person, with what they should know; what was asked outside a form is no longer waited for."""
        self.say(texts.HAND_OVER, waiting=self.world.waiting)
        if self.open_service is not None and self.answers:
            self.say(texts.HAND_OVER_DRAFT)
        self.state.misses = 0
        self.buttons = [self.button(texts.TO_BOT, "x|bot")]
        self.acts.append(HandOver(is_urgent, self.summary()))
        if self.open_service is None:
            self.state.mode = Mode.IDLE

    def summary(self) -> str:
        """For staff, in Vietnamese: who it is, what was wanted, what was filled in, what was not understood."""
        state, service = self.state, self.open_service
        told = [
            texts.SUMMARY_HEAD.vi,
            (texts.SUMMARY_PROVEN if self.world.is_proven else texts.SUMMARY_UNPROVEN).vi,
        ]
        lines = [" ".join(told)]
        if state.wishes:
            lines.append(
                render(texts.SUMMARY_WISH.vi, {"wish": "; ".join(map(self.wish_name, state.wishes))})
            )
        if service is not None and self.answers:
            done, total = self.progress()
            answered = "\n".join(
                f"- {line.label.vi}: {values.show(line.question, line.value, 'vi', masked=line.question.type in _SENSITIVE)}"
                for line in self.review_lines()
            )
            facts = {"service": service.name.vi, "done": done, "total": total, "lines": answered}
            lines.append(render(texts.SUMMARY_FORM.vi, facts))
        if state.unsure:
            lines.append(render(texts.SUMMARY_MISSED.vi, {"text": state.unsure}))
        return "\n".join(lines)

    def wish_name(self, code: str) -> str:
        """What a wish is called in Vietnamese."""
        service = self.service_of(code)
        return service.name.vi if service else code

    def note_wish(self, code: str) -> None:
        """Remember what was wanted last, for the summary."""
        self.state.wishes = [*[known for known in self.state.wishes if known != code], code][-MOST_WISHES:]

    # what staff may teach from

    def learn(self, why: Why, *, text: str = "", guess: str = "") -> None:
        """Keep a message that was not taken for sure, without its values; what it meant may come out at the next tap."""
        kept = text or masking.folded(self.said.text)
        if kept:
            self.state.unsure = "" if why is Why.CORRECTED else kept
            self.acts.append(Learn(kept, why, guess))

    def learn_from_tap(self, code: str) -> None:
        """What was not understood meant this."""
        if self.state.unsure:
            self.acts.append(Learn(self.state.unsure, Why.OFFERED, picked=code))
            self.state.unsure = ""

    def take_up_suspended(self) -> None:
        """After a form is done or dropped, go back to the one below it."""
        while self.state.suspended:
            code = self.state.suspended.pop()
            service = self.service_of(code)
            if code in self.world.drafts and service is not None:
                self.state.service = code
                self.say(texts.BACK_TO, service=self.tell(service.name))
                self.go_on()
                return


def _in_order(buttons: Sequence[Button]) -> list[Button]:
    """Each button once; the one for a person, who helps with anything, behind what was asked."""
    once = list({(button.value, button.url): button for button in buttons}.values())
    return sorted(once, key=lambda button: button.value == TO_PERSON)


def _is_long_ago(last_at: str, now: datetime) -> bool:
    return bool(last_at) and now - datetime.fromisoformat(last_at) >= PAUSE


def most_asked(services: Sequence[Service], most: int) -> list[Service]:
    """Some services of every heading, those that people have most words for first; all of them when they are few.

    Headings stand in the order of the catalogue; what most people ask for stands first under its heading.
    """
    by_heading: dict[str, list[Service]] = {}
    for service in services:
        by_heading.setdefault(service.category, []).append(service)
    for heading in by_heading:
        by_heading[heading].sort(key=lambda service: -len(service.synonyms))
    turns = [found for row in zip_longest(*by_heading.values()) for found in row if found is not None]
    chosen = turns[:most]
    return [service for found in by_heading.values() for service in found if service in chosen]
