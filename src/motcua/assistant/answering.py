"""The order in which a message is understood."""

from __future__ import annotations

from motcua.assistant import wording
from motcua.assistant.finding_out import OUTAGE_WISHES
from motcua.assistant.own import OWN_WISHES, STATUS
from motcua.assistant.pressing import Pressing
from motcua.assistant.state import Mode
from motcua.assistant.wishing import OFFICE


class Answering(Pressing):
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
