"""What a turn can look up: outages at a place, counters near one, what the company's own answers say."""

from __future__ import annotations

import re
from collections.abc import Sequence

from motcua.assistant import texts, wording
from motcua.assistant.acting import Acting
from motcua.assistant.knowledge.library import Told
from motcua.assistant.state import (
    CountersSeen,
    LookForCounter,
    LookForOutage,
    Mode,
    OutageSeen,
    OutagesSeen,
    PricesSeen,
)
from motcua.kernel import vietnamese
from motcua.kernel.local_time import to_local
from motcua.kernel.money import format_vnd
from motcua.messaging.rules import Button
from motcua.services.declaration import Text

FAULT = "FAULT"
OUTAGE_WISHES = frozenset({FAULT, "outage_when", "outage_planned"})
MOST_TOLD = 2
_STREET = re.compile(r"\b(pho|duong|ngo|ngach|hem|phuong|quan|huyen|thon|xom|ap)\s+[a-z0-9]")


class FindingOut(Acting):
    """A turn that finds things out."""

    # where the power is out

    def ask_about_outage(self, wish: str) -> bool:
        """A wish about the power being out is first held against what is known; False when nothing is, or a form is open."""
        if not self.world.has_outages or self.open_service is not None:
            return False
        self.state.outage_wish, self.state.outage_text = wish, self.said.text[:500]
        where = self._place_said()
        if where:
            self.look(where)
            return True
        self.say(texts.ASK_WHERE)
        self.state.mode = Mode.WHERE
        self.offer(
            Button(self.tell(texts.SEE_OUTAGES), url=f"{self.world.follow_address}/mat-dien/"),
            self.button(texts.REPORT_FAULT, f"s|{FAULT}"),
            self.button(texts.PERSON, "x|person"),
        )
        return True

    def look(self, where: str) -> None:
        self.state.mode = Mode.IDLE
        self.acts.append(LookForOutage(where[:400]))

    def _place_said(self) -> str:
        """The account code or address in the message; else the one account that is proven to be theirs."""
        codes = [
            v.value for v in wording.find_values(self.said.text) if v.kind is wording.ValueKind.ACCOUNT_CODE
        ]
        if codes:
            return codes[-1]
        if _STREET.search(vietnamese.fold(self.said.text)):
            return self.said.text
        only = self.world.known.account("")
        return only.account_code if only else ""

    def tell_outages(self, seen: OutagesSeen, where: str) -> None:
        """What was found: known ones need no report; nothing known leads to the report, filled in with what was said."""
        state, wish = self.state, self.state.outage_wish
        told, state.outage_wish, state.outage_text = state.outage_text, "", ""
        planned = seen.ahead if wish == "outage_planned" or not (seen.now or seen.restored) else ()
        for text, found in (
            (texts.OUTAGE_NOW, seen.now),
            (texts.OUTAGE_OVER, seen.restored),
            (texts.OUTAGE_AHEAD, planned),
        ):
            self._tell(text, found)
        if seen.now:
            self.say(texts.OUTAGE_NOTED)
        state.mode = Mode.CHOOSE
        if self.lines:
            self.offer(self.button(texts.STILL_OUT, f"s|{FAULT}"), self.button(texts.PERSON, "x|person"))
        elif wish == "outage_planned" or self.world.service(FAULT) is None:
            self.say(texts.NO_OUTAGE_AHEAD)
            self.offer(
                Button(self.tell(texts.SEE_OUTAGES), url=f"{self.world.follow_address}/mat-dien/"),
            )
            self.offer(self.button(texts.REPORT_FAULT, f"s|{FAULT}"), self.button(texts.PERSON, "x|person"))
        else:
            self.say(texts.NO_OUTAGE)
            self.open_form(FAULT, f"{told}\n{where}" if where != told else told)
            self.go_on()

    def _tell(self, text: Text, found: Sequence[OutageSeen]) -> None:
        for one in found[:MOST_TOLD]:
            until = (
                self.fill(texts.UNTIL, at=_hour(one.until)) if one.until else self.tell(texts.UNTIL_UNKNOWN)
            )
            self.say(
                text,
                place=one.place,
                begun=_hour(one.begun),
                until=until,
                at=_hour(one.until),
                cause=self.tell(one.cause),
            )

    # where to go in person

    def ask_near(self) -> None:
        """A counter near the place the message names, else near the one that is asked."""
        self.acts.append(LookForCounter(self.said.text[:400]))

    def ask_near_again(self) -> None:
        self.acts.append(LookForCounter(""))

    def told_near(self, text: str) -> bool:
        self.state.mode = Mode.IDLE
        self.acts.append(LookForCounter(text[:400], was_asked=True))
        return True

    def tell_counters(self, seen: CountersSeen, act: LookForCounter) -> None:
        """The counters found; without any the company's own answer, or the question where it is."""
        link = f"{self.world.follow_address}/lien-he/"
        if seen.counters:
            place = (
                self.fill(texts.COUNTERS_AT, place=seen.place)
                if seen.place
                else self.tell(texts.COUNTERS_NEAREST)
            )
            self.say(texts.COUNTERS, place=place)
            for counter in seen.counters:
                address = counter.address or self.fill(texts.NO_ADDRESS)
                phone = counter.phone or self.world.hotline
                self.say(texts.COUNTER, name=counter.name, address=address, phone=phone)
                self.offer(
                    Button(self.fill(texts.WAY_THERE, name=counter.name), url=f"{link}#{counter.code}")
                )
            self.say(texts.HOURS, hours=seen.hours, now=seen.now)
            self.say(texts.FROM_UNITS)
            self.back_to_question()
            return
        if not act.was_asked and act.where and self.answer_from_library(act.where, only_sure=True):
            self.buttons.insert(0, self.button(texts.ALL_COUNTERS, "x|near"))
            return
        self.say(texts.NEAR_UNKNOWN if act.was_asked else texts.ASK_NEAR, hours=seen.hours, now=seen.now)
        self.state.mode = Mode.IDLE if act.was_asked and self.state.misses else Mode.NEAR
        self.state.misses = 1 if act.was_asked else 0
        self.offer(Button(self.tell(texts.ALL_COUNTERS), url=link), self.button(texts.PERSON, "x|person"))

    # prices

    def tell_prices(self, seen: PricesSeen) -> None:
        """The tiers of today with the decision they stand in; the page has all groups."""
        link = f"{self.world.follow_address}/gia-dien/"
        if seen.tiers:
            vat = self.fill(texts.BEFORE_VAT, percent=seen.vat_percent) if seen.vat_percent else ""
            rows = [
                self.fill(
                    texts.TIER if tier.last is not None else texts.LAST_TIER, first=tier.first, last=tier.last or "",
                    price=format_vnd(tier.price_vnd),
                )
                for tier in seen.tiers
            ]  # fmt: skip
            amount = format_vnd(seen.total_vnd)
            head = texts.MONTH_COSTS if seen.total_vnd else texts.PRICES
            self.lines.append("\n".join([self.fill(head, vat=vat, kwh=seen.kwh, amount=amount), *rows]))
            self.say(texts.FROM_DECISION, source=seen.source)
        elif seen.lines:
            self._tell_group(seen)
        else:
            self.say(texts.SEE_PAGE, title=self.tell(texts.ALL_PRICES))
        self.offer(Button(self.tell(texts.ALL_PRICES), url=link))
        if self.open_service is None:
            self.offer(self.button(texts.PERSON, "x|person"))
        self.back_to_question()

    def _tell_group(self, seen: PricesSeen) -> None:
        """The prices of one group, a line for each voltage."""
        vat = self.fill(texts.BEFORE_VAT, percent=seen.vat_percent) if seen.vat_percent else ""
        rows = [
            self.fill(
                texts.ALL_HOURS if line.peak_vnd is None else texts.BY_HOURS,
                voltage=line.name if self.world.language == "vi" else line.name_en,
                normal=format_vnd(line.normal_vnd),
                off_peak=format_vnd(line.off_peak_vnd or 0),
                peak=format_vnd(line.peak_vnd or 0),
            )
            for line in seen.lines
        ]
        head = self.fill(texts.GROUP_PRICES, group=self.tell(texts.GROUP_NAMES[seen.group]), vat=vat)
        self.lines.append("\n".join([head, *rows]))
        self.say(texts.FROM_DECISION, source=seen.source)

    # what the company's own answers say

    def answer_from_library(self, text: str, *, only_sure: bool = False) -> bool:
        """Answer from the articles when one is clearly meant; offer those that may be."""
        found, told = self.world.library.answer(text, self.world.language)
        if not told or (only_sure and not found.is_sure):
            return False
        if found.is_sure:
            self.tell_article(told[0])
            return True
        self.say(texts.DID_YOU_MEAN)
        self.offer(*[Button(one.title, f"k|{one.id}") for one in told])
        self.offer(self.button(texts.OTHER, "x|menu"), self.button(texts.PERSON, "x|person"))
        if self.open_service is None:
            self.state.mode = Mode.CHOOSE
        return True

    def press_article(self, id: str) -> None:
        told = self.world.library.find(id, self.world.language)
        if told is None:
            self.say(texts.OLD_BUTTON)
            self.menu()
            return
        self.tell_article(told)

    def tell_article(self, told: Told) -> None:
        """The answer and where it stands, then back to the open question."""
        link = f"{self.world.follow_address}/hoi-dap/{told.id}/"
        self.lines.append(told.text)
        self.say(texts.ANSWER_FROM, brand=self.world.brand)
        self.state.misses = 0
        self.offer(Button(self.tell(texts.READ_THERE), url=link), self.button(texts.PERSON, "x|person"))
        self.back_to_question()


def _hour(at: object) -> str:
    return f"{to_local(at):%H:%M %d/%m}" if at else ""  # type: ignore[arg-type]
