"""One turn of the dialogue: state, world and message in; state, replies and acts out. Pure.

The order of understanding: button, danger, commands that always work, the question of ours that waits for yes
or no,
corrections, the answer to the question asked, values given ahead, questions about a service, another service,
and only
then "I did not understand". Nothing a customer answered is dropped but by their own word.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation

from motcua.assistant import matching, reading, texts, wording
from motcua.assistant.state import (
    Act,
    Discard,
    Draft,
    HandOver,
    MarkUrgent,
    Mode,
    Outcome,
    Reply,
    Said,
    Save,
    Sent,
    StartDraft,
    State,
    Submit,
    World,
)
from motcua.assistant.wording import Command, Topic
from motcua.kernel import local_time, phones
from motcua.kernel.results import Problem, fill
from motcua.messaging.rules import Button, render
from motcua.services import dialogue, forms, values
from motcua.services.declaration import (
    Category,
    Give,
    Need,
    Paper,
    Question,
    QuestionType,
    Service,
    Text,
)

PAUSE = timedelta(hours=1)
PATIENCE = 3  # answers not understood in a row before a person is called
DANGER_QUESTION = (
    "danger"  # a yes/no question of this name in a service for faults is answered by a cry of danger
)
MOST_BUTTONS = 10
_SENSITIVE = frozenset({QuestionType.ID_NUMBER, QuestionType.ACCOUNT_CODE})
_GO_ON_WORDS = frozenset({"lam tiep", "tiep tuc", "dien tiep", "tiep", "go on", "continue", "lam tiep phieu"})


def respond(state: State, world: World, said: Said) -> Outcome:
    """Answer one message."""
    turn = _Turn(state, world, said)
    turn.notice_form_closed_elsewhere()
    turn.understand()
    return turn.outcome()


def after_submit(state: State, world: World, sent: Sent) -> Outcome:
    """The open form became a request: say so, and go on with what waited below it."""
    turn = _Turn(state, world, Said())
    service = turn.open_service
    name = service.name if service else Text("", "")
    if sent.was_sent_before:
        turn.say(texts.SENT_BEFORE, number=sent.number)
    else:
        turn.say(
            texts.SENT,
            service=turn.tell(name),
            number=sent.number,
            due=turn.fill(texts.SENT_DUE, due=sent.due) if sent.due else "",
            code_word=turn.fill(texts.SENT_CODE_WORD, code_word=sent.code_word) if sent.code_word else "",
            promise=turn.tell(service.promise.text) if service else "",
        )
    if sent.link:
        turn.buttons.append(Button(turn.tell(texts.FOLLOW), url=sent.link))
    turn.state.last_number = sent.number
    turn.close_form()
    turn.take_up_suspended()
    return turn.outcome()


def after_refusal(state: State, world: World, problems: Mapping[str, Sequence[Problem]]) -> Outcome:
    """The form could not be sent: say why, and ask the first thing that is wrong again."""
    turn = _Turn(state, world, Said())
    turn.say(texts.NOT_SENT)
    for found in problems.values():
        for problem in found[:1]:
            turn.lines.append(turn.explain(problem))
    asked = next((q for q in turn.questions if q.name in problems), None)
    if asked is not None:
        turn.ask(asked)
    else:
        turn.go_on()
    return turn.outcome()


def after_release(state: State, world: World) -> Outcome:
    """The conversation is the assistant's again: take up the form, or offer the menu."""
    turn = _Turn(state, world, Said())
    turn.state.misses = 0
    turn.notice_form_closed_elsewhere()
    turn.go_on() if turn.open_service else turn.menu()
    return turn.outcome()


def silent_danger(world: World, text: str) -> Reply | None:
    """While a person owns the conversation the assistant says one thing only: what to do in danger."""
    if not wording.is_dangerous(text):
        return None
    return Reply(render(texts.DANGER.get(world.language), {"hotline": world.hotline}))


class _Turn:
    """What is being put together while one message is answered."""

    def __init__(self, state: State, world: World, said: Said) -> None:
        self.state = replace(
            state,
            skipped=list(state.skipped),
            suspended=list(state.suspended),
            offered=list(state.offered),
            change=dict(state.change),
            photos=[dict(photo) for photo in state.photos],
        )
        self.world = world
        self.said = said
        self.lines: list[str] = []
        self.buttons: list[Button] = []
        self.acts: list[Act] = []
        self.saved: dict[str, dict[str, Any]] = {code: dict(d.answers) for code, d in world.drafts.items()}
        self.today = local_time.local_date(world.now)
        self.was_idle_long = _is_long_ago(state.last_at, world.now)

    # ---- words

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
        self.state.offered = [button.value for button in self.buttons if button.value]
        text = "\n\n".join(line for line in self.lines if line)
        replies = (Reply(text, tuple(self.buttons)),) if text or self.buttons else ()
        return Outcome(self.state, replies, tuple(self.acts))

    # ---- the open form

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
        self.saved[self.state.service] = {name: value for name, value in kept.items() if value is not None}
        self.acts.append(Save(self.state.service, dict(changes)))
        self.state.skipped = [name for name in self.state.skipped if changes.get(name) is None]

    # ---- understanding, in order

    def understand(self) -> None:
        said = self.said
        if said.document_id:
            self.take_photo()
            if not said.text:
                return
        if said.button:
            self.press(said.button)
            return
        text = said.text
        if wording.is_dangerous(text) and not self.state.is_danger_told:
            self.danger(text)
            return
        if self.pressed_by_number(text):
            return
        command = wording.find_command(text)
        if command is not None and self.obey(command, text):
            return
        if self.decide(text) or self.correct(text) or self.answer(text) or self.take_given(text):
            return
        if self.talk(text) or self.inform(text) or self.begin_meant(text):
            return
        self.miss(text)

    def pressed_by_number(self, text: str) -> bool:
        """A number stands for a button, where a list was offered and no number is asked for."""
        number = wording.choice_number(text)
        state = self.state
        if number is None or state.mode in (Mode.ASKING, Mode.REVIEW, Mode.REFUSED):
            return False
        if 1 <= number <= len(state.offered):
            self.press(state.offered[number - 1])
            return True
        return False

    def press(self, value: str) -> None:
        """A button: an answer (services.dialogue), `s|service`, `e|service|question`, `p|document|paper`, `x|act`."""
        tap = dialogue.read_payload(value)
        kind, _, rest = value.partition("|")
        parts = rest.split("|")
        if tap is not None:
            self.press_answer(tap)
        elif kind == "s":
            self.begin(parts[0])
        elif kind == "e" and len(parts) == 2:
            self.press_edit(*parts)
        elif kind == "p" and len(parts) == 2:
            self.name_photo(*parts)
        elif kind == "x":
            self.press_act(parts[0])
        else:
            self.miss("")

    def press_answer(self, tap: dialogue.Tap) -> None:
        """An old button counts while its form is open; it never changes an answer in silence."""
        if self.state.service != tap.service_code and tap.service_code in self.world.drafts:
            self.open_form(tap.service_code)
        service = self.open_service
        heard = dialogue.hear_tap(service, tap) if service is not None else None
        if heard is None or heard[0] not in self.questions:
            self.say(texts.OLD_BUTTON)
            self.go_on()
            return
        question, meant = heard
        if meant.skipped:
            self.skip(question)
        else:
            self.take(question, meant.value, is_asked=self.state.asked == question.name)

    def press_edit(self, code: str, name: str) -> None:
        question = next((q for q in self.questions if q.name == name), None)
        if self.state.service != code or question is None:
            self.say(texts.OLD_BUTTON)
            self.go_on() if self.open_service else self.menu()
            return
        self.ask(question)

    def press_act(self, act: str) -> None:
        acts = {
            "send": self.send,
            "edit": self.ask_which_line,
            "cancel": self.ask_cancel,
            "drop": self.drop,
            "keep": self.keep,
            "go": self.go_on,
            "restart": self.ask_restart,
            "clear": self.clear,
            "change": self.change_confirmed,
            "leave": self.change_refused,
            "switch": self.switch,
            "person": self.hand_over,
            "menu": self.menu,
            "bot": self.go_on,
            "skip": self.skip_asked,
        }
        acts.get(act, self.menu)()

    def obey(self, command: Command, text: str) -> bool:
        """A command that always works; False when the words are an answer to what was asked."""
        question = self.asked_question()
        if question is not None and command in (Command.SKIP, Command.CANCEL, Command.SUMMARY, Command.MENU):
            meant = reading.read(question, text, today=self.today, known_phone=self.world.known_phone)
            closed = question.type in (QuestionType.CHOICE, QuestionType.YES_NO)
            if closed and meant.is_good and command is not Command.MENU:
                return False
        if command is Command.CANCEL and self.state.mode in (Mode.CONFIRM_CHANGE, Mode.CONFIRM_SWITCH):
            return False
        if command is Command.SKIP and question is None:
            return False
        acts = {
            Command.CANCEL: self.ask_cancel,
            Command.BACK: self.go_back,
            Command.RESTART: self.ask_restart,
            Command.PERSON: self.hand_over,
            Command.MENU: self.menu,
            Command.SKIP: self.skip_asked,
            Command.SUMMARY: self.review,
        }
        acts[command]()
        return True

    def decide(self, text: str) -> bool:
        """Yes or no to a question of the assistant's own."""
        mode = self.state.mode
        meant = wording.yes_or_no(text)
        if mode == Mode.REVIEW:
            return self.decide_review(text, meant)
        if mode == Mode.CONFIRM_RESUME and wording.core(text) in _GO_ON_WORDS:
            meant = True
        choices = {
            Mode.CONFIRM_CHANGE: (self.change_confirmed, self.change_refused),
            Mode.CONFIRM_CANCEL: (self.keep, self.drop),
            Mode.CONFIRM_RESTART: (self.clear, self.go_on),
            Mode.CONFIRM_SWITCH: (self.switch, self.go_on),
            Mode.CONFIRM_RESUME: (self.go_on, self.ask_restart),
        }
        if mode not in choices or meant is None:
            return False
        choices[Mode(mode)][0 if meant else 1]()
        return True

    def decide_review(self, text: str, meant: bool | None) -> bool:
        number = wording.choice_number(text)
        lines = self.review_lines()
        if number is not None:
            if 1 <= number <= len(lines):
                self.ask(lines[number - 1].question)
            else:
                self.ask_which_line()
            return True
        if meant is True:
            self.send()
            return True
        if meant is False:
            self.ask_which_line()
            return True
        return False

    def correct(self, text: str) -> bool:
        """ "sửa số điện thoại (thành ...)": ask it again, or take the new value."""
        service = self.open_service
        if service is None:
            return False
        asked = self.asked_question()
        if asked is not None and asked.type is QuestionType.LONG_TEXT and len(text.split()) > 8:
            return False  # a story may begin with "sửa ..."
        wish = dialogue.find_correction(service, self.answers, text, today=self.today)
        if wish is None or wish.question not in self.correctable():
            if asked is None and wording.wants_change(text):
                self.ask_which_line()
                return True
            return False
        if wish.value is not None:
            self.put(wish.question, wish.value, texts.CHANGED)
            self.go_on()
            return True
        if wish.problem is not None:
            self.lines.append(self.explain(wish.problem))
        self.ask(wish.question)
        return True

    def correctable(self) -> list[Question]:
        """What may be changed: what is asked here, and what was answered on the pages."""
        return [*self.questions, *[line.question for line in self.review_lines()]]

    def asked_question(self) -> Question | None:
        if self.state.mode not in (Mode.ASKING, Mode.REFUSED) or not self.state.asked:
            return None
        return next((q for q in self.questions if q.name == self.state.asked), None)

    def answer(self, text: str) -> bool:
        """The answer to the question asked."""
        question = self.asked_question()
        if question is None or (self.state.mode == Mode.REFUSED and question.type in reading.FREE):
            return False
        if question.type in reading.FREE and self.is_no_answer(question, text):
            return False
        found = reading.read(question, text, today=self.today, known_phone=self.world.known_phone)
        if found.skipped:
            self.skip(question)
            return True
        if not found.is_good:
            if question.type in reading.FREE and found.problem is not None:
                self.say_problem(question, found.problem)
                return True
            return False
        self.take_others(question, text)
        self.take(question, found.value, is_asked=True)
        return True

    def is_no_answer(self, question: Question, text: str) -> bool:
        """A free answer must not swallow a question or a wish for another service; a long text may hold
        anything.
        """
        if question.type is QuestionType.LONG_TEXT:
            return False
        if wording.is_greeting(text) or wording.is_thanks(text):
            return True
        if wording.find_topic(text) and wording.is_question(text):
            return True
        guesses = matching.guess_services(text, self.world.services)
        if question.type is QuestionType.PLACE:
            has_place = any(letter.isdigit() for letter in text) or "," in text
            return bool(guesses and guesses[0].score >= 0.9 and not has_place)
        if question.type is QuestionType.PERSON_NAME and wording.find_values(text):
            return not reading.read(question, text, today=self.today).is_good
        return bool(guesses and guesses[0].score >= matching.ACT)

    def take_others(self, asked: Question, text: str) -> None:
        """Other typed values in an answer fill questions still empty; a long text keeps them to itself."""
        service = self.open_service
        if service is None or asked.type is QuestionType.LONG_TEXT:
            return
        found = dialogue.hear_ahead(service, self.answers, text, asked=asked.name)
        own = reading.read(asked, text, today=self.today, known_phone=self.world.known_phone).value
        for name, value in found.items():
            if value != own:
                self.put(service.question(name), value, texts.NOTED)

    def take_given(self, text: str) -> bool:
        """Values of a known shape that nobody asked for: they fill what is empty; what is filled changes
        only on a yes.
        """
        service = self.open_service
        if service is None:
            return False
        visible = list(forms.visible_questions(service, self.answers))
        found = dialogue.hear_ahead(service, self.answers, text)
        for name, value in found.items():
            self.put(service.question(name), value, texts.NOTED)
        if found:
            self.go_on()
            return True
        for value in wording.find_values(text):
            wanting = [q for q in visible if reading.SHAPED.get(q.type) is value.kind]
            if len(wanting) == 1:
                read = values.read(wanting[0], value.value)
                old = forms.validate(service, self.answers, self.world.language, partial=True).clean.get(
                    wanting[0].name
                )
                if read.problem is None and read.value is not None and old is not None and old != read.value:
                    self.confirm_change(wanting[0], old, read.value)
                    return True
        return False

    def talk(self, text: str) -> bool:
        """Greetings, thanks, "go on", a request's number."""
        numbers = [v.value for v in wording.find_values(text) if v.kind is wording.ValueKind.REQUEST_NUMBER]
        if numbers:
            link = f"{self.world.follow_address}/theo-doi/{numbers[-1]}/"
            self.say(texts.STATUS, number=numbers[-1], link=link)
            self.offer(Button(self.tell(texts.FOLLOW), url=link))
            self.back_to_question()
            return True
        if wording.core(text) in _GO_ON_WORDS:
            return self.take_up_latest()
        if wording.is_thanks(text):
            self.say(texts.WELCOME)
            self.back_to_question()
            return True
        if wording.is_greeting(text):
            self.greet()
            return True
        return False

    def inform(self, text: str) -> bool:
        """A question about cost, time or papers: the declaration answers it, then back to the open
        question.
        """
        topic = wording.find_topic(text)
        if topic is None:
            return False
        guesses = matching.guess_services(text, self.world.services)
        named = guesses[0].code if guesses and guesses[0].score >= matching.ACT else ""
        service = self.service_of(named) if named else self.open_service
        if service is None:
            return False
        self.lines.append(self.about(service, topic))
        if self.open_service is not None:
            self.back_to_question()
        else:
            self.offer(
                Button(self.tell(service.name), f"s|{service.code}"), self.button(texts.PERSON, "x|person")
            )
        return True

    def about(self, service: Service, topic: Topic) -> str:
        if topic is Topic.COST:
            return self.tell(service.fee.text) if service.fee else self.tell(texts.NO_FEE)
        if topic is Topic.TIME:
            return self.tell(service.promise.text)
        names = [self.tell(paper.name) for paper in service.papers if paper.need is not Need.INFORMATIVE]
        return self.fill(texts.PAPERS, papers="; ".join(names)) if names else self.tell(texts.NO_PAPERS)

    def begin_meant(self, text: str) -> bool:
        """The service a message means: begun when it is clear, offered when it is not."""
        guesses = [g for g in matching.guess_services(text, self.world.services) if g.score >= matching.OFFER]
        if not guesses:
            return False
        best = guesses[0]
        others = [
            g for g in guesses[1:] if best.score - g.score <= matching.CLOSE or best.score < matching.ACT
        ]
        if wording.is_negated(text) and best.score >= matching.ACT and not self.asked_is_free():
            return self.not_wanted(best.code)
        if best.score >= matching.ACT and not others:
            self.begin(best.code)
            return True
        if self.open_service is not None:
            return False
        self.say(texts.DID_YOU_MEAN)
        for guess in [best, *others][:3]:
            service = self.world.service(guess.code)
            if service is not None:
                self.offer(Button(self.tell(service.name), f"s|{service.code}"))
        self.offer(self.button(texts.OTHER, "x|menu"), self.button(texts.PERSON, "x|person"))
        self.state.mode = Mode.CHOOSE
        return True

    def asked_is_free(self) -> bool:
        question = self.asked_question()
        return question is not None and question.type in reading.FREE

    def not_wanted(self, code: str) -> bool:
        if self.state.service == code:
            self.ask_cancel()
            return True
        self.say(texts.NOT_WANTED)
        self.offer_services()
        return True

    # ---- acts

    def danger(self, text: str) -> None:
        """Safety first, whatever form is open; then the form for faults, with the danger already answered."""
        self.say(texts.DANGER)
        self.acts.append(MarkUrgent())
        fault = next((s for s in self.world.services if s.category is Category.FAULT), None)
        if fault is None:
            self.hand_over(is_urgent=True)
            return
        self.say(texts.DANGER_FORM)
        if self.state.service != fault.code:
            self.open_form(fault.code, text)
        self.state.is_danger_told = True
        danger = next((q for q in fault.questions if q.name == DANGER_QUESTION), None)
        if danger is not None and danger.type is QuestionType.YES_NO:
            self.save({danger.name: True})
        self.offer(self.button(texts.PERSON, "x|person"))
        self.go_on()

    def begin(self, code: str) -> None:
        """Open a service's form: its draft if there is one, else a new one with what the message gives
        ahead.
        """
        service = self.world.service(code)
        if service is None:
            self.say(texts.OLD_BUTTON)
            self.menu()
            return
        if self.state.service == code:
            if self.was_idle_long and self.progress()[0]:
                self.ask_resume()
            else:
                self.go_on()
            return
        if self.open_service is not None and self.progress()[0]:
            self.state.mode = Mode.CONFIRM_SWITCH
            self.state.other_service = code
            self.say(texts.SWITCH, open=self.tell(self.open_service.name), other=self.tell(service.name))
            self.offer(self.button(texts.SWITCH_YES, "x|switch"), self.button(texts.CONTINUE, "x|go"))
            return
        if self.open_service is not None:  # nothing answered yet: no loss in leaving it
            self.acts.append(Discard(self.state.service))
            self.saved.pop(self.state.service, None)
            self.close_form()
        had_draft = code in self.world.drafts
        self.open_form(code, self.said.text)
        if had_draft and self.progress()[0]:
            done, total = self.progress()
            self.say(texts.GO_ON, service=self.tell(service.name), done=done, total=total)
        else:
            self.say(texts.BEGIN, service=self.tell(service.name), promise=self.tell(service.promise.text))
        self.go_on()

    def open_form(self, code: str, text: str = "") -> None:
        """Make this form the open one; what was open waits below it."""
        state = self.state
        if state.service and state.service != code and state.service not in state.suspended:
            state.suspended.append(state.service)
        photos = state.photos
        self.close_form()
        state.photos = [photo for photo in photos if not photo.get("paper")]
        state.suspended = [other for other in state.suspended if other != code]
        state.service = code
        service = self.open_service
        if service is None:
            return
        if code not in self.saved:
            self.saved[code] = {}
            self.acts.append(StartDraft(code, {}))
        if text:
            ahead = {
                **dialogue.hear_ahead(service, self.answers, text),
                **reading.named_ahead(service, text, self.answers),
            }
            if ahead:
                self.save(ahead)

    def switch(self) -> None:
        code = self.state.other_service
        self.state.other_service = ""
        service = self.world.service(code)
        if service is None:
            self.go_on()
            return
        self.open_form(code)
        self.say(texts.BEGIN, service=self.tell(service.name), promise=self.tell(service.promise.text))
        self.go_on()

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

    def take_up_latest(self) -> bool:
        """ "làm tiếp": the open form, else the draft touched last."""
        if self.open_service is not None:
            self.go_on()
            return True
        code = next(iter(self.world.drafts), "")
        if not code:
            return False
        self.begin(code)
        return True

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

    def take(self, question: Question, value: object, *, is_asked: bool) -> None:
        """A good answer: kept at once when its question was asked or open, else only after a yes."""
        service = self.open_service
        if service is None:
            return
        old = forms.validate(service, self.answers, self.world.language, partial=True).clean.get(
            question.name
        )
        if old is not None and old != value and not is_asked:
            self.confirm_change(question, old, value)
            return
        self.put(question, value, texts.NOTED if old is None or old == value else texts.CHANGED)
        self.go_on()

    def put(self, question: Question, value: object, word: Text) -> None:
        if self.state.asked == question.name:
            self.state.misses = 0
        self.save({question.name: value})
        self.say(word, label=self.tell(question.short_label).lower(), value=self.shown(question, value))

    def shown(self, question: Question, value: object) -> str:
        return values.show(question, value, self.world.language, masked=question.type in _SENSITIVE)

    def confirm_change(self, question: Question, old: object, new: object) -> None:
        self.state.mode = Mode.CONFIRM_CHANGE
        self.state.change = {"question": question.name, "value": new}
        self.say(
            texts.CONFIRM_CHANGE,
            label=self.tell(question.short_label).lower(),
            old=self.shown(question, old),
            new=self.shown(question, new),
        )
        self.offer(self.button(texts.CHANGE_YES, "x|change"), self.button(texts.CHANGE_NO, "x|leave"))

    def change_confirmed(self) -> None:
        change = self.state.change
        question = next((q for q in self.questions if q.name == change.get("question")), None)
        if question is not None:
            self.put(question, change["value"], texts.CHANGED)
        self.go_on()

    def change_refused(self) -> None:
        self.say(texts.KEPT)
        self.go_on()

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

    def review_lines(self) -> tuple[forms.ReviewLine, ...]:
        service = self.open_service
        return forms.review(service, self.answers, self.world.language) if service else ()

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
        if welcome:
            closing.append(self.fill(texts.PAPERS_WELCOME, papers="; ".join(welcome)))
        closing.append(self.tell(texts.REVIEW_HOW))
        self.lines += [line for line in closing if line]
        self.offer(
            self.button(texts.SEND, "x|send"),
            self.button(texts.EDIT, "x|edit"),
            self.button(texts.CANCEL, "x|cancel"),
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

    def send(self) -> None:
        if self.open_service is None:
            self.say(texts.OLD_BUTTON)
            self.menu()
            return
        if self.next_question() is not None or self.refuse_if_impossible():
            if not self.lines:
                self.go_on()
            return
        self.acts.append(Submit(self.state.service))

    def skip_asked(self) -> None:
        question = self.asked_question()
        if question is None:
            self.go_on() if self.open_service else self.menu()
        else:
            self.skip(question)

    def skip(self, question: Question) -> None:
        unsure = next((o for o in question.options if o.value in ("UNSURE", "UNKNOWN", "OTHER")), None)
        if unsure is not None and question.required:
            self.take(question, unsure.value, is_asked=True)
            return
        if question.required:
            self.say(texts.CANNOT_SKIP)
            self.ask(question)
            return
        if question.name not in self.state.skipped:
            self.state.skipped.append(question.name)
        self.say(texts.SKIPPED)
        self.go_on()

    def go_back(self) -> None:
        """Ask the question before the one that is open; its answer stays until a new one is given."""
        if self.open_service is None:
            self.menu()
            return
        questions = self.questions
        names = [q.name for q in questions]
        at = names.index(self.state.asked) if self.state.asked in names else len(names)
        if at == 0:
            self.say(texts.FIRST_ALREADY)
            self.ask(questions[0])
            return
        self.ask(questions[at - 1])

    def ask_cancel(self) -> None:
        service = self.open_service
        if service is None:
            self.say(texts.NOTHING_OPEN)
            if self.state.last_number:
                self.say(
                    texts.CANCEL_SENT, link=f"{self.world.follow_address}/theo-doi/{self.state.last_number}/"
                )
            self.offer_services()
            self.state.mode = Mode.CHOOSE
            return
        self.state.mode = Mode.CONFIRM_CANCEL
        self.say(texts.ASK_CANCEL, service=self.tell(service.name))
        self.offer(
            self.button(texts.KEEP, "x|keep"),
            self.button(texts.DROP, "x|drop"),
            self.button(texts.CONTINUE, "x|go"),
        )

    def keep(self) -> None:
        draft: Draft | None = self.world.drafts.get(self.state.service)
        self.say(texts.KEPT_DRAFT, code=draft.resume_code if draft else "")
        self.close_form()
        self.take_up_suspended()

    def drop(self) -> None:
        if self.open_service is None:
            self.say(texts.NOTHING_OPEN)
            self.menu()
            return
        self.acts.append(Discard(self.state.service))
        self.saved.pop(self.state.service, None)
        self.say(texts.DROPPED)
        self.close_form()
        if self.state.suspended:
            self.take_up_suspended()
        else:
            self.menu()

    def ask_restart(self) -> None:
        if self.open_service is None:
            self.menu()
            return
        self.state.mode = Mode.CONFIRM_RESTART
        self.say(texts.ASK_RESTART)
        self.offer(self.button(texts.RESTART, "x|clear"), self.button(texts.CONTINUE, "x|go"))

    def clear(self) -> None:
        if self.open_service is not None and self.answers:
            self.save(dict.fromkeys(self.answers))
            self.state.skipped = []
        self.go_on()

    def ask_resume(self) -> None:
        service = self.open_service
        if service is None:
            self.menu()
            return
        done, total = self.progress()
        self.state.mode = Mode.CONFIRM_RESUME
        self.say(texts.RESUME, service=self.tell(service.name), done=done, total=total)
        self.offer(self.button(texts.CONTINUE, "x|go"), self.button(texts.RESTART, "x|restart"))

    def hand_over(self, *, is_urgent: bool = False) -> None:
        self.say(texts.HAND_OVER, waiting=self.world.waiting)
        if self.open_service is not None and self.answers:
            self.say(texts.HAND_OVER_DRAFT)
        self.state.misses = 0
        self.buttons = [self.button(texts.TO_BOT, "x|bot")]
        self.acts.append(HandOver(is_urgent))

    def greet(self) -> None:
        if self.open_service is not None:
            if self.was_idle_long and self.progress()[0]:
                self.ask_resume()
            else:
                self.say(texts.STILL_HERE)
                self.go_on()
            return
        if self.state.is_greeted and not self.was_idle_long:
            self.say(texts.STILL_HERE)
        else:
            self.say(texts.GREETING)
            self.state.is_greeted = True
        self.offer_services()
        self.state.mode = Mode.CHOOSE

    def menu(self) -> None:
        self.say(texts.MENU)
        self.offer_services()
        if self.open_service is not None:
            self.offer(self.button(texts.CONTINUE, "x|go"))
        else:
            self.state.mode = Mode.CHOOSE

    def offer_services(self) -> None:
        self.offer(
            *[
                Button(self.tell(service.name), f"s|{service.code}")
                for service in self.world.services[:MOST_BUTTONS]
            ]
        )
        self.offer(self.button(texts.PERSON, "x|person"))

    # ---- photos

    def take_photo(self) -> None:
        """A file: for the one paper it can be, for one to be named, or for later."""
        said = self.said
        name = said.file_name or self.tell(Text("ảnh", "the photo"))
        papers = [paper for paper in self.upload_papers() if paper.code not in self.photo_papers()]
        photo = {"document_id": said.document_id, "paper": "", "file_name": said.file_name}
        if self.open_service is None:
            self.state.photos.append(photo)
            self.say(texts.PHOTO_LOOSE, name=name)
            self.offer_services()
            return
        if len(papers) == 1:
            photo["paper"] = papers[0].code
            self.state.photos.append(photo)
            self.say(texts.PHOTO_TAKEN, name=name)
            self.say(texts.PHOTO_FOR, paper=self.tell(papers[0].name))
            self.after_photo()
            return
        self.state.photos.append(photo)
        if not papers:
            self.say(texts.PHOTO_TAKEN, name=name)
            self.after_photo()
            return
        self.say(texts.PHOTO_WHICH, name=name)
        self.offer(
            *[
                Button(self.tell(paper.name), f"p|{said.document_id}|{paper.code}")
                for paper in papers[: MOST_BUTTONS - 1]
            ],
            Button(self.tell(texts.OTHER_PAPER), f"p|{said.document_id}|"),
        )

    def name_photo(self, document_id: str, code: str) -> None:
        service = self.open_service
        paper = next((p for p in service.papers if p.code == code), None) if service else None
        for photo in self.state.photos:
            if photo["document_id"] == document_id:
                photo["paper"] = code if paper else ""
        if paper is not None:
            self.say(texts.PHOTO_FOR, paper=self.tell(paper.name))
        self.go_on()

    def after_photo(self) -> None:
        if not self.said.text:
            self.go_on()

    def upload_papers(self) -> list[Paper]:
        service = self.open_service
        if service is None:
            return []
        clean = forms.validate(service, self.answers, self.world.language, partial=True).clean
        return [paper for paper in service.papers if Give.UPLOAD in paper.give and paper.when.holds(clean)]

    def photo_papers(self) -> set[str]:
        return {photo["paper"] for photo in self.state.photos if photo.get("paper")}

    # ---- not understood

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

    def miss(self, text: str) -> None:
        question = self.asked_question()
        if question is not None:
            found = reading.read(question, text, today=self.today, known_phone=self.world.known_phone)
            problem = found.problem or Problem("CHOOSE", texts.CHOOSE_ONE.vi)
            self.say_problem(question, problem)
            return
        self.state.misses += 1
        if self.state.misses >= PATIENCE:
            self.say(texts.TOO_LATE)
            self.hand_over()
            return
        self.say(texts.UNKNOWN if self.state.misses == 1 else texts.UNKNOWN_AGAIN)
        if self.open_service is not None:
            self.go_on()
            self.offer(self.button(texts.PERSON, "x|person"))
            return
        self.offer_services()
        self.state.mode = Mode.CHOOSE


def _is_long_ago(last_at: str, now: datetime) -> bool:
    return bool(last_at) and now - datetime.fromisoformat(last_at) >= PAUSE
