"""What somebody wishes, and what follows from it: told, looked up, or a form begun."""

from __future__ import annotations

from functools import cached_property

from motcua.assistant import reading, texts, wording
from motcua.assistant.acting import GO_ON_WORDS
from motcua.assistant.finding_out import FAULT, OUTAGE_WISHES
from motcua.assistant.own import ACCOUNTS, COMPLAINT, OWN_WISHES, STATUS, Own
from motcua.assistant.own_bills import WHY
from motcua.assistant.state import LookAtPrices, Mode, Resume, Why
from motcua.assistant.understanding import meaning, seeds, slots, store
from motcua.assistant.understanding.meaning import Band
from motcua.assistant.wording import Topic
from motcua.messaging.rules import Button
from motcua.services.declaration import (
    Need,
    Service,
    Text,
)

SURE = 0.90  # to take a message for a wish while a name or a place is asked
NAMED = 0.45  # to answer a question of cost, time or papers for that service
STRANGE = 0.50  # to say that it is none of our trade
OFFICE, PRICE = "office", "price"
ANSWERED_TOO = frozenset({ACCOUNTS, WHY})  # of one's own, and with something to say to anybody
WORDS_ALONE = frozenset({"person", "greeting", "thanks", "later", "menu"})
ANY_TIME = frozenset({"person", "later"})  # wishes that need no word of our trade


class Wishing(Own):
    """A turn that knows what is meant and does it."""

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

    def is_clear_wish(self) -> bool:
        """The message is, beyond its values, the wish for something we do; a name or a place is none."""
        read = self.understood
        if read.band is not Band.ACT or read.confidence < SURE:
            return False
        return meaning.has_anchor(read.words) or (read.intent in ANY_TIME and len(read.words) >= 3)

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
        if wording.is_pleased(text):
            self.say(texts.WELCOME if self.open_service is None else texts.ALL_RIGHT)
            self.back_to_question()
            return True
        if wording.is_greeting(text) or (self.open_service is None and not wording.has_words(text)):
            self.greet()
            return True
        return self.open_service is None and wording.is_name_calling(text) and self.soothe()

    def soothe(self) -> bool:
        """To somebody who scolds: sorry, and the ways to say what is wrong."""
        self.state.misses += 1
        if self.state.misses > 1:
            self.hand_over()
            return True
        self.say(texts.SORRY_FOR_IT)
        services = [service for code in (FAULT, COMPLAINT) if (service := self.world.service(code))]
        self.offer(*[Button(self.tell(service.name), f"s|{service.code}") for service in services])
        self.offer(self.button(texts.PERSON, "x|person"))
        self.state.mode = Mode.CHOOSE
        return True

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
            if any(score.intent == PRICE for score in read.others):
                self.acts.append(self.price_asked())
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
        if read.band is not Band.ACT and self.open_service is None and wording.is_scolding(text):
            return self.soothe()
        only_sure = read.band is not Band.NONE or self.is_strange()
        if read.band is not Band.ACT and self.answer_from_library(text, only_sure=only_sure):
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
            self.say(texts.WELCOME if self.open_service is None else texts.ALL_RIGHT)
            self.back_to_question()
        elif code == "later" and self.open_service is not None:
            self.keep()
        elif code == STATUS:
            self.ask_status()
        elif code in ANSWERED_TOO and is_last and self.tell_before_proof(code):
            return
        elif code in OWN_WISHES:
            self.ask_own(code)
        elif code == OFFICE:
            self.ask_near()
        elif code == PRICE and not (is_last and self.answers_price()):
            self.acts.append(self.price_asked())
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

    def price_asked(self) -> LookAtPrices:
        """Prices at home, or of the group that the message names; what so many kilowatt-hours come to."""
        energy = [slot.value for slot in self.understood.slots if slot.kind is slots.Kind.ENERGY]
        kwh = int(energy[0]) if len(energy) == 1 and energy[0].isdigit() else 0
        return LookAtPrices(kwh, wording.price_group(self.said.text))

    def answers_price(self) -> bool:
        """The company's own answer, unless figures were asked for that we can tell."""
        asked = self.price_asked()
        return not (asked.kwh or asked.group) and self.answer_from_library(self.said.text, only_sure=True)

    def wish_name(self, code: str) -> str:
        intent = seeds.intents().get(code)
        return intent.title_vi if intent is not None and intent.title_vi else super().wish_name(code)

    def tell_before_proof(self, code: str) -> bool:
        """Where an account code stands, how one reads a meter again, is for anybody; what is theirs for the proven."""
        if self.world.is_proven or not self.answer_from_library(self.said.text, only_sure=True):
            return False
        if code == WHY and (service := self.world.service(COMPLAINT)) is not None:
            self.buttons.insert(0, Button(self.tell(service.name), f"s|{service.code}"))
        self.buttons.insert(0, self.button(texts.PROVE, f"i|{code}"))
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
