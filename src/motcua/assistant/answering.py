"""The order in which a message is understood, and what follows from each reading."""

from __future__ import annotations

from functools import cached_property

from motcua.assistant import reading, texts, wording
from motcua.assistant.acting import GO_ON_WORDS
from motcua.assistant.finding_out import OUTAGE_WISHES
from motcua.assistant.own import ACCOUNTS, LOOKING, OWN_WISHES, STATUS, Own
from motcua.assistant.state import LookAtPrices, Mode, Resume, Why
from motcua.assistant.understanding import meaning, seeds, store
from motcua.assistant.understanding.meaning import Band
from motcua.assistant.wording import Command, Topic
from motcua.messaging.rules import Button
from motcua.services import dialogue, forms, values
from motcua.services.declaration import (
    Need,
    Question,
    QuestionType,
    Service,
    Text,
)

SURE = 0.90  # to take a message for a wish while a name or a place is asked
NAMED = 0.45  # to answer a question of cost, time or papers for that service
STRANGE = 0.50  # to say that it is none of our trade
OFFICE, PRICE = "office", "price"
WORDS_ALONE = frozenset({"person", "greeting", "thanks", "later", "menu"})
ANY_TIME = frozenset({"person", "later"})  # wishes that need no word of our trade


class Answering(Own):
    """A turn that understands and answers."""

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
        if self.entered_code(text):
            return
        command = wording.find_command(text)
        if command is not None and self.obey(command, text):
            return
        if self.told_where_or_who(text):
            return
        if self.decide(text) or self.correct(text) or self.answer(text) or self.take_given(text):
            return
        if self.talk(text) or self.inform(text) or self.follow(text):
            return
        self.miss(text)

    def told_where_or_who(self, text: str) -> bool:
        """The answer to what was asked outside a form, but for a clear wish for something else."""
        mode = self.state.mode
        if mode == Mode.WHO:
            return self.told_who(text)
        if mode == Mode.CODE:
            return self.told_of_code(text)
        if mode == Mode.ACCOUNT:
            return self.told_account(text)
        if mode not in (Mode.WHERE, Mode.NEAR):
            return False
        own = OUTAGE_WISHES if mode == Mode.WHERE else {OFFICE}
        if self.is_clear_wish() and self.understood.intent not in own:
            self.state.mode = Mode.IDLE
            return False
        if mode == Mode.NEAR:
            return self.told_near(text)
        self.look(text)
        return True

    def wants_something_else(self) -> bool:
        return self.is_clear_wish() and self.understood.intent not in (OWN_WISHES | {STATUS})

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
        """A button: an answer (services.dialogue), `s|service`, `i|intent`, `e|service|question`, `p|document|paper`,
        `k|article`, `a|account`, `x|act`.
        """
        tap = dialogue.read_payload(value)
        kind, _, rest = value.partition("|")
        parts = rest.split("|")
        if tap is not None:
            self.press_answer(tap)
        elif kind == "s":
            self.learn_from_tap(parts[0])
            self.note_wish(parts[0])
            self.begin(parts[0])
        elif kind == "e" and len(parts) == 2:
            self.press_edit(*parts)
        elif kind == "p" and len(parts) == 2:
            self.name_photo(*parts)
        elif kind == "i":
            self.learn_from_tap(parts[0])
            self.do_all([parts[0]])
        elif kind == "k":
            self.press_article(parts[0])
        elif kind == "a":
            self.choose_account(parts[0])
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
            "who": self.ask_who,
            "resend": self.send_code_again,
            "this-phone": self.use_this_phone,
            "own-requests": self.prove_for_requests,
            "near": self.ask_near_again,
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
        if command in (Command.CANCEL, Command.BACK) and self.state.mode in LOOKING:
            self.leave_looking()
            return True
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
        if mode == Mode.CONFIRM_RESUME and wording.core(text) in GO_ON_WORDS:
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
        if question.type is QuestionType.PLACE:
            has_place = any(letter.isdigit() for letter in text) or "," in text
            return self.is_clear_wish() and not has_place
        if question.type is QuestionType.PERSON_NAME and wording.find_values(text):
            return not reading.read(question, text, today=self.today).is_good
        return self.is_clear_wish()

    def is_clear_wish(self) -> bool:
        """The message is, beyond its values, the wish for something we do; a name or a place is none."""
        read = self.understood
        if read.band is not Band.ACT or read.confidence < SURE:
            return False
        return meaning.has_anchor(read.words) or (read.intent in ANY_TIME and len(read.words) >= 3)

    @cached_property
    def understood(self) -> meaning.Understood:
        """What the message means, of the services offered here today."""
        return meaning.understand(
            self.said.text,
            self.today,
            store.model(),
            is_form_open=self.open_service is not None,
            offered={service.code for service in self.world.services},
        )

    def is_strange(self) -> bool:
        return bool(self.said.text) and self.understood.strange >= STRANGE

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
            self.ask_status(numbers[-1])
            return True
        if resumed := wording.resume_code(text):
            self.acts.append(Resume(resumed))
            return True
        if wording.core(text) in GO_ON_WORDS:
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
        read = self.understood
        if read.band is Band.ACT and read.intent in OWN_WISHES:
            return False  # "còn nợ bao nhiêu tiền" asks for no fee
        is_named = read.band is not Band.NONE and read.intent.isupper() and read.confidence >= NAMED
        named = read.intent if is_named else ""
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

    def follow(self, text: str) -> bool:
        """What the message means: done when it is clear, offered when it is not."""
        read = self.understood
        if read.band is Band.OFFER and read.intent in OUTAGE_WISHES and self.ask_about_outage(read.intent):
            return True
        if read.band is not Band.ACT and self.answer_from_library(text, only_sure=read.band is not Band.NONE):
            return True
        if read.band is Band.NONE:
            return False
        if read.band is Band.ACT:
            if wording.is_negated(text) and read.intent.isupper() and not self.asked_is_free():
                return self.not_wanted(read.intent)
            self.do_all([read.intent, *(score.intent for score in read.others)])
            return True
        if self.open_service is not None:
            return False
        self.learn(Why.OFFERED, guess=read.intent)
        self.say(texts.DID_YOU_MEAN)
        self.offer(*[button for intent in read.candidates() if (button := self.intent_button(intent))])
        self.offer(self.button(texts.OTHER, "x|menu"), self.button(texts.PERSON, "x|person"))
        self.state.mode = Mode.CHOOSE
        return True

    def intent_button(self, code: str) -> Button | None:
        """What to tap for an intent; None for those that are no choice (a greeting)."""
        service = self.world.service(code)
        if service is not None:
            return Button(self.tell(service.name), f"s|{service.code}")
        if code == "person":
            return None  # stands under every list
        intent = seeds.intents().get(code)
        if intent is None or not (intent.page or intent.service or code == "menu"):
            return None
        return Button(self.tell(Text(intent.title_vi, intent.title_en)), f"i|{code}")

    def do_all(self, intents: list[str]) -> None:
        """Several wishes of one message: what can be told is told, one form is begun, the others wait as buttons."""
        for code in intents:
            if code not in WORDS_ALONE:
                self.note_wish(code)
        about_outage = next((code for code in intents if code in OUTAGE_WISHES), "")
        if about_outage and self.ask_about_outage(about_outage):
            self.offer_later([code for code in intents if code not in OUTAGE_WISHES])
            return
        wanted = [code for code in intents if code.isupper()]
        told = [code for code in intents if not code.isupper()]
        waiting = [code for code in told if self.asks_back(code) and len(intents) > 1]
        for code in told:
            if code not in waiting:
                self.do(code, is_last=not wanted and not waiting and code == intents[-1])
        if not wanted and waiting:
            self.do(waiting.pop(0), is_last=not waiting)
        self.offer_later([*waiting, *wanted[1:]])
        if wanted:
            later, self.buttons = self.buttons, []
            self.begin(wanted[0])
            self.offer(*later)

    def asks_back(self, code: str) -> bool:
        """A wish that leads to a question of its own, or to an answer that comes by itself."""
        return code in OWN_WISHES or code in (STATUS, OFFICE, PRICE)

    def offer_later(self, codes: list[str]) -> None:
        """Wishes that wait until the first one is done."""
        for code in codes:
            button = self.intent_button(code)
            if button is not None:
                self.say(texts.AND_THEN, service=button.label)
                self.offer(button)

    def do(self, code: str, *, is_last: bool) -> None:
        """What follows from an intent that is no service: something to look up, a page to see, or a word."""
        intent = seeds.intents().get(code)
        if code == "person":
            self.hand_over()
        elif code == "greeting":
            self.greet()
        elif code == "thanks":
            self.say(texts.WELCOME)
            self.back_to_question()
        elif code == "later" and self.open_service is not None:
            self.keep()
        elif code == STATUS:
            self.ask_status()
        elif code == ACCOUNTS and is_last and self.tell_about_accounts():
            return
        elif code in OWN_WISHES:
            self.ask_own(code)
        elif code == OFFICE:
            self.ask_near()
        elif code == PRICE and not (is_last and self.answer_from_library(self.said.text, only_sure=True)):
            self.acts.append(LookAtPrices())
        elif code == PRICE:
            return
        elif intent is None or not (intent.page or intent.service):
            self.menu()
        else:
            self.show(intent, is_last=is_last)

    def show(self, intent: seeds.Intent, *, is_last: bool) -> None:
        """The company's own answer, else where it stands; the form for those who want more; then back to the open question."""
        title = self.tell(Text(intent.title_vi, intent.title_en))
        service = self.world.service(intent.second or intent.service or "INFO")
        if is_last and self.answer_from_library(self.said.text, only_sure=True):
            if service is not None and self.open_service is None:
                self.buttons.insert(0, Button(self.tell(service.name), f"s|{service.code}"))
            return
        if not intent.page and service is not None and self.open_service is None and is_last:
            self.begin(service.code)
            return
        if intent.page:
            link = f"{self.world.follow_address}{intent.page}"
            self.say(texts.SEE_PAGE, title=title)
            self.offer(Button(title, url=link))
        if service is not None:
            self.offer(Button(self.tell(service.name), f"s|{service.code}"))
        self.offer(self.button(texts.PERSON, "x|person"))
        if is_last:
            self.back_to_question()

    def wish_name(self, code: str) -> str:
        intent = seeds.intents().get(code)
        return intent.title_vi if intent is not None and intent.title_vi else super().wish_name(code)

    def tell_about_accounts(self) -> bool:
        """Where an account code stands is for anybody; which one is theirs for the proven."""
        if self.world.is_proven or not self.answer_from_library(self.said.text, only_sure=True):
            return False
        self.buttons.insert(0, self.button(texts.PROVE, f"i|{ACCOUNTS}"))
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
