"""What a message says to an open form: yes or no, a correction, an answer, values nobody asked for."""

from __future__ import annotations

from motcua.assistant import reading, texts, wording
from motcua.assistant.acting import GO_ON_WORDS
from motcua.assistant.state import Mode
from motcua.assistant.wishing import Wishing
from motcua.services import dialogue, forms, values
from motcua.services.declaration import (
    Question,
    QuestionType,
)


class FillingIn(Wishing):
    """A turn that fills a form."""

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
            if self.takes_back(asked, text):
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

    def takes_back(self, asked: Question | None, text: str) -> bool:
        """Something said before was wrong, and it is not said what: "sửa lại", or "à nhầm, số 7 mới đúng" at another question."""
        if asked is None:
            return wording.wants_change(text)
        if asked.type in reading.FREE or not self.review_lines() or not wording.is_slip(text):
            return False
        return not reading.read(asked, text, today=self.today, known_phone=self.world.known_phone).is_good

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
        told = reading.told_ahead(service, text, self.answers, self.today)
        found = {**told, **found}
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
