"""The people of the story: customers who differ, and staff who sign in once."""

from __future__ import annotations

import html
import random
import re
import time
from dataclasses import dataclass
from typing import Any

from motcua.kernel import codes, vietnamese
from motcua.ops.story.browser import Browser, Different, Page
from motcua.services import catalogue
from motcua.services.declaration import Question, Service

SIGN_IN = "/nhan-vien/dang-nhap/"
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô")
MIDDLE = ("Thị", "Văn", "Minh", "Ngọc", "Thu", "Đức", "Kim", "Hữu")
GIVEN = ("Hoa", "Lan", "Hùng", "Dung", "Tâm", "Quỳnh", "Sơn", "Yến", "Bình", "Thảo", "Khánh", "Vân")
STREETS = ("phố Tây Sơn", "phố Chùa Bộc", "ngõ Văn Chương", "phố Khâm Thiên", "phố Láng Hạ", "phố Thái Hà")
WARDS = (
    "Đống Đa",
    "Ba Đình",
    "Cầu Giấy",
    "Hoàn Kiếm",
    "Tây Hồ",
    "Thanh Xuân",
    "Hà Đông",
    "Long Biên",
    "Hoàng Mai",
    "Hai Bà Trưng",
)
OPENINGS = (
    "tôi muốn mua điện",
    "muon mua dien",
    "Em muốn lắp công tơ mới ạ",
    "toi can cap dien moi cho nha",
    "đăng ký điện sinh hoạt",
)
ANSWER_COMES = "Câu trả lời đang đến"
PATIENCE_SECONDS = 120.0
# While parts are being killed: a bank that heard no answer calls again after its own while.
PATIENCE_WHEN_KILLED_SECONDS = 180.0


@dataclass(frozen=True)
class Profile:
    """Who asks, and what they will answer. `number` makes names and phones differ."""

    number: int
    full_name: str
    phone: str
    id_number: str
    place: str
    opening: str
    types_with_marks: bool
    corrects_phone: bool
    cost_vnd: int


def profile(number: int) -> Profile:
    """The n-th customer: always the same, none like the other."""
    dice = random.Random(f"motcua-{number}")  # noqa: S311 - a story, no secret
    name = f"{dice.choice(FAMILY)} {dice.choice(MIDDLE)} {dice.choice(GIVEN)}"
    serial = dice.randrange(10_000_000)
    return Profile(
        number=number,
        full_name=name,
        phone=f"09{dice.choice('0168')}{serial:07d}",
        id_number=f"0011{dice.randrange(60, 99)}{dice.randrange(1_000_000):06d}",
        place=f"Số {dice.randrange(1, 300)} {dice.choice(STREETS)}, phường {WARDS[number % len(WARDS)]}, Hà Nội",
        opening=OPENINGS[number % len(OPENINGS)],
        types_with_marks=number % 3 != 1,
        corrects_phone=number % 2 == 0,
        cost_vnd=(450_000, 1_250_000, 98_000, 2_310_500)[number % 4],
    )


class Customer:
    """Somebody with a browser and no JavaScript, in the web chat and on the follow page."""

    def __init__(self, browser: Browser, who: Profile) -> None:
        self.browser = browser
        self.who = who
        self.number = ""
        self.service: Service | None = None

    def ask_in_chat(self) -> str:
        """Ask for a home supply in the chat, question by question; the request's number."""
        self._say(self.who.opening)
        for _turn in range(40):
            page = self._read_answer()
            if found := self._number_in(page):
                self.number = found
                return found
            self._say(self._answer_to(page))
        raise Different(f"the chat never came to an end: {self.browser.get('/chat/').text[-800:]!r}")

    def _read_answer(self) -> Page:
        """The chat once it is answered: who is told that the answer is on its way waits for it."""
        until = time.monotonic() + PATIENCE_SECONDS
        while ANSWER_COMES in (page := self.browser.get("/chat/")).text and time.monotonic() < until:
            time.sleep(0.3)
        return page

    def _say(self, text: str) -> None:
        page = self.browser.get("/chat/")
        form = page.form(action="/chat/send", having="client_msg_id")
        main = next((f for f in page.forms if "/chat/send" in f.action and f.has("text")), form)
        self.browser.submit(page, main, text=text)

    def _answer_to(self, page: Page) -> str:
        """What this person writes after the last thing the assistant said."""
        bubbles = _bubbles(page)
        if not bubbles:
            raise Different(f"the chat is silent: {page.text[-400:]!r}")
        last = bubbles[-1]
        question = _open_question(last)
        if question is not None:
            return self._words(question)
        return "gửi" if self._is_corrected(bubbles) else f"sửa số điện thoại {self.who.phone}"

    def _is_corrected(self, bubbles: list[str]) -> bool:
        return not self.who.corrects_phone or any("sửa số điện thoại" in said for said in bubbles)

    def _words(self, question: Question) -> str:
        wrong_first = self.who.corrects_phone and question.name == "phone"
        known = {
            "has_meter": "chưa có",
            "place": self.who.place,
            "right_to_place": "nhà tôi",
            "full_name": self.who.full_name,
            "id_number": self.who.id_number,
            "phone": "0912345678" if wrong_first else self.who.phone,
            "phases": "1 pha",
            "visit_time": "lúc nào cũng được",
        }
        words = known.get(question.name, "1")
        keeps_marks = self.who.types_with_marks or question.name in {"full_name", "place"}
        return words if keeps_marks else vietnamese.ascii_text(words)

    @staticmethod
    def _number_in(page: Page) -> str:
        for bubble in reversed(_bubbles(page)):
            words: list[str] = re.findall(r"\b[A-Z]{2}\d{2}-[\dA-Z]+-[\dA-Z]\b", bubble)
            for word in words:
                if codes.parse_request_number(word):
                    return word
        return ""

    def follow(self) -> Page:
        """The follow page of the request, seen by the browser that sent it."""
        return self.browser.get(f"/theo-doi/{self.number}/")

    def wait_until(self, step: str, state: str = "OPEN") -> Page:
        """Look at the follow page until it stands at the step."""
        until = time.monotonic() + (PATIENCE_WHEN_KILLED_SECONDS if self.browser.retry else PATIENCE_SECONDS)
        while True:
            page = self.follow()
            if (page.data.get("data-now-step"), page.data.get("data-now-state")) == (step, state):
                return page
            if time.monotonic() > until:
                seen = page.data.get("data-now-step"), page.data.get("data-now-state")
                raise Different(
                    f"{self.number} should be at {step}/{state} and is at {seen}: {page.text[:300]!r}"
                )
            time.sleep(0.3)

    def pay_page(self) -> Page:
        return self.browser.get(f"/theo-doi/{self.number}/thanh-toan/")


class Worker:
    """A member of staff who signs in and works through their pages."""

    def __init__(self, browser: Browser, username: str, password: str) -> None:
        self.browser = browser
        page = browser.get(SIGN_IN)
        after = browser.submit(page, page.form(having="password"), login=username, password=password)
        if any(form.has("password") for form in after.forms):
            raise Different(f"{username} could not sign in: {after.text[:300]!r}")

    def act(self, path: str, action: str, **values: Any) -> Page:
        """Open the page and send the form whose address ends with the action."""
        page = self.browser.get(path)
        form = page.form(action=action)
        after = self.browser.submit(page, form, **values)
        if after.status >= 400:
            raise Different(f"{action} at {path} was refused ({after.status}): {after.text[:700]!r}")
        return after


def _bubbles(page: Page) -> list[str]:
    """The messages of the chat, oldest first, as plain text."""
    found = re.findall(r'<div class="msg-text">(.*?)</div>', page.html, re.S)
    return [html.unescape(re.sub(r"<[^>]+>", " ", text)).strip() for text in found]


def _open_question(said: str) -> Question | None:
    """The declared question that the words end with; each carries how far one is: "(3/8)"."""
    counted = re.search(r"\(\d+/\d+\)", said)
    if counted is None:
        return None
    said = said[counted.end() :]
    service = catalogue.current().list_versions("NEW-LV-RES")[-1]
    placed = [(said.rfind(question.label.vi), question) for question in service.questions]
    place, question = max(placed, key=lambda pair: pair[0])
    return question if place >= 0 else None
