"""The assistant without a database: acts are carried out on plain drafts, as the operations carry them out on rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from motcua.assistant import rules
from motcua.assistant.state import (
    Act,
    AskProof,
    CallStaff,
    CountersSeen,
    Discard,
    Draft,
    EnterCode,
    HandOver,
    Learn,
    LookAtOwn,
    LookAtPrices,
    LookAtRequests,
    LookForCounter,
    Outcome,
    OwnSeen,
    PricesSeen,
    ProofAsked,
    ProofEnd,
    ProofSeen,
    Reply,
    RequestsSeen,
    Said,
    Save,
    Sent,
    StartDraft,
    State,
    Submit,
    TierSeen,
    World,
)
from motcua.services import catalogue, forms
from motcua.tariffs import retail

AT = datetime(2026, 11, 16, 2, 0, tzinfo=UTC)
SERVICES = catalogue.list_services(date(2026, 11, 16))


@dataclass
class Talk:
    """A customer and the assistant."""

    language: str = "vi"
    known_phone: str = ""
    at: datetime = AT
    state: State = field(default_factory=State)
    drafts: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: list[dict[str, Any]] = field(default_factory=list)
    handed_over: int = 0
    urgent: int = 0
    summary: str = ""
    learned: list[Learn] = field(default_factory=list)
    is_proven: bool = False
    code: str = ""  # the right one, when one was sent
    own: OwnSeen = field(default_factory=OwnSeen)
    counters: CountersSeen = field(default_factory=CountersSeen)
    last: Reply = field(default_factory=lambda: Reply(""))

    def world(self) -> World:
        services = {service.code: service for service in SERVICES}
        return World(
            services=SERVICES,
            drafts={code: Draft(services[code], answers, "ABC") for code, answers in self.drafts.items()},
            now=self.at,
            language=self.language,
            brand="EVNHANOI",
            hotline="19001288",
            waiting="Nhân viên sẽ trả lời trong ít phút.",
            follow_address="https://hanoi.example",
            known_phone=self.known_phone,
            is_proven=self.is_proven,
        )

    def __call__(self, text: str = "", button: str = "", **file: str) -> str:
        self.state = State.from_json(self.state.as_json())  # it is stored between turns
        outcome = rules.respond(self.state, self.world(), Said(text, button, **file))
        replies = self._carry_out(outcome)
        self.last = Reply("\n\n".join(r.text for r in replies), tuple(b for r in replies for b in r.buttons))
        self.at += timedelta(seconds=20)
        return self.last.text

    def _carry_out(self, outcome: Outcome) -> list[Reply]:
        replies = list(outcome.replies)
        self.state = outcome.state
        for act in outcome.acts:
            if isinstance(act, StartDraft):
                self.drafts.setdefault(act.service, dict(act.answers))
            elif isinstance(act, Save):
                merged = {**self.drafts[act.service], **act.values}
                self.drafts[act.service] = {
                    name: value for name, value in merged.items() if value is not None
                }
            elif isinstance(act, Discard):
                self.drafts.pop(act.service, None)
            elif isinstance(act, CallStaff):
                self.urgent += 1
            elif isinstance(act, HandOver):
                self.handed_over += 1
                self.summary = act.summary
            elif isinstance(act, Learn):
                self.learned.append(act)
            elif isinstance(act, Submit):
                replies += self._submit(act.service)
            else:
                replies += self._carry_out(self._find_out(act))
        return replies

    def _find_out(self, act: Act) -> Outcome:
        """As the operations look things up, with what this test says there is."""
        if isinstance(act, LookAtRequests):
            return rules.after_requests(self.state, self.world(), RequestsSeen(number=act.number))
        if isinstance(act, LookForCounter):
            return rules.after_counters(self.state, self.world(), self.counters, act)
        if isinstance(act, LookAtPrices):
            tiers = (TierSeen(0, 50, 1984), TierSeen(701, None, 3460))
            seen = PricesSeen(tiers, "8", "1279/QĐ-BCT", kwh=act.kwh, total_vnd=1_000_000 if act.kwh else 0)
            if act.group:
                lines = (retail.Line("LT_6KV", "Dưới 6 kV", "Under 6 kV", 3152, 1918, 5422),)
                seen = PricesSeen((), "8", "1279/QĐ-BCT", act.group, lines)
            return rules.after_prices(self.state, self.world(), seen)
        if isinstance(act, AskProof):
            return rules.after_proof_asked(self.state, self.world(), ProofAsked("", act.said))
        if isinstance(act, EnterCode):
            self.is_proven = bool(self.code) and act.code == self.code
            seen = ProofSeen(ProofEnd.PROVEN if self.is_proven else ProofEnd.WRONG, 4)
            return rules.after_proof(self.state, self.world(), seen)
        if isinstance(act, LookAtOwn):
            return rules.after_own(self.state, self.world(), self.own, act)
        return rules.after_resuming(self.state, self.world(), "")

    def _submit(self, code: str) -> tuple[Reply, ...]:
        service = self.world().drafts[code].service
        clean, problems = forms.validate(service, self.drafts[code])
        if problems:
            outcome = rules.after_refusal(self.state, self.world(), problems)
        else:
            self.sent.append({"service": code, **clean})
            del self.drafts[code]
            outcome = rules.after_submit(
                self.state, self.world(), Sent("HN26-000123-K", "16:30", "hoa sen", "https://x")
            )
        self.state = outcome.state
        return outcome.replies

    def press(self, label: str) -> str:
        """Tap the button with this label under the last reply."""
        for button in self.last.buttons:
            if button.label == label:
                return self(button=button.value)
        raise AssertionError(f"no button {label!r} among {[b.label for b in self.last.buttons]}")

    @property
    def answers(self) -> dict[str, Any]:
        return self.drafts[self.state.service]
