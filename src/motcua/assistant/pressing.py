"""Buttons, numbers that stand for them, and commands."""

from __future__ import annotations

from motcua.assistant import reading, texts, wording
from motcua.assistant.filling_in import FillingIn
from motcua.assistant.own import LOOKING
from motcua.assistant.state import Mode
from motcua.assistant.wording import Command
from motcua.services import dialogue
from motcua.services.declaration import (
    QuestionType,
)


class Pressing(FillingIn):
    """A turn that does what was pressed or commanded."""

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
