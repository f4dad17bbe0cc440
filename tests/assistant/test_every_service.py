"""Every declared service from its first word on Zalo to the request, by taps and numbers where there are choices."""

from __future__ import annotations

import re

import pytest

from motcua.assistant.models import DialogueState
from motcua.messaging.models import Message
from motcua.requests.models import Draft, Request
from motcua.services import forms
from motcua.services.declaration import QuestionType
from tests.assistant.talking import SERVICES
from tests.assistant.test_walks import GOOD
from tests.channels.zalo_house import zalo_house  # noqa: F401 - a fixture

MOST = 45  # messages of a customer
CODES = [service.code for service in SERVICES]


class Person:
    """Somebody with a phone who answers what is asked, and taps or numbers what is offered."""

    def __init__(self, house, service):
        self.house, self.service = house, service
        self.heard: list[str] = []

    def says(self, text: str) -> None:
        self.house.later(seconds=20)
        before = len(self.house.phone())
        self.house.says(text)
        self.house.work()
        self.heard = self.house.phone()[before:]
        assert self.heard, f"no answer to {text!r}"

    @property
    def state(self):
        return DialogueState.objects.get().state

    @property
    def buttons(self) -> dict[str, str]:
        shown = [line for line in self.house.lines() if not line.is_theirs][-1].extra.get("buttons", ())
        return {button["title"]: button.get("payload", "") for button in shown}

    def choose(self, label: str) -> None:
        """Tap it where there are buttons, send its number where there are lines."""
        if payload := self.buttons.get(label):
            self.says(payload)
            return
        numbered = re.findall(r"^(\d+)\. (.+)$", self.heard[-1], re.M)
        number = next((number for number, text in numbered if text == label), None)
        self.says(number or label)

    def answer(self) -> None:
        draft = Draft.objects.get(status="OPEN")
        question = next(
            q for q in forms.visible_questions(self.service, draft.answers) if q.name == self.state["asked"]
        )
        rule = next((r for r in self.service.eligibility if r.question == question.name), None)
        if question.type is QuestionType.YES_NO:
            self.choose("Có" if rule is not None and rule.ok_when.holds({question.name: True}) else "Không")
        elif question.options:
            fit = [
                o for o in question.options if rule is None or rule.ok_when.holds({question.name: o.value})
            ]
            self.choose(fit[0].label.vi)
        elif question.type is QuestionType.DECIMAL and rule is not None:
            self.says(next(n for n in ("10", "60") if rule.ok_when.holds({question.name: int(n)})))
        else:
            self.says(question.example if question.pattern and question.example else GOOD[question.type][0])


@pytest.mark.parametrize("code", CODES)
def test_from_the_first_word_to_the_request(company, zalo_house, code):  # noqa: F811
    service = next(service for service in SERVICES if service.code == code)
    person = Person(zalo_house, service)
    person.says(service.name.vi)
    if person.state["service"] != code:
        person.says(f"s|{code}")

    for _ in range(MOST):
        if person.state["mode"] == "REVIEW":
            review = "\n".join(person.heard)
            person.choose("Gửi yêu cầu")
            break
        assert person.state["mode"] == "ASKING", (person.state, person.heard)
        person.answer()

    request = Request.objects.get()
    assert (request.service_code, request.channel, request.reception) == (code, "ZALO", "INDIRECT")
    assert request.conversation_id == zalo_house.conversation().id
    assert f"Mã yêu cầu: {request.number}" in "\n".join(person.heard)
    assert "1. " in review and service.name.vi in review
    told = "\n".join(Message.objects.filter(direction="OUT").values_list("text", flat=True))
    assert "gửi ảnh ngay tại đây" not in told, "no papers inside Zalo"
    assert "%(" not in told and "{" not in told
    assert not Draft.objects.filter(status="OPEN").exists()
