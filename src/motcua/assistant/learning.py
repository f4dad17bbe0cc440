"""Messages worth teaching from: kept folded and without personal values, counted, given their meaning by staff, exported.

What is exported is the training format of `motcua understand --train`: one JSON object a line.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from motcua.assistant.models import Candidate, CandidateState
from motcua.assistant.state import Learn
from motcua.assistant.understanding import seeds
from motcua.assistant.understanding.model import OTHER
from motcua.companies import operations as company_ops
from motcua.kernel.actors import Actor
from motcua.kernel.results import Conflict, NotFound, Refused
from motcua.kernel.results import gettext_noop as _

LONGEST = 200


class CandidateUnknown(NotFound):
    code = "CANDIDATE_UNKNOWN"
    message = _("Không tìm thấy câu này.")


class IntentUnknown(Refused):
    code = "INTENT_UNKNOWN"
    message = _("Hãy chọn ý của câu này trong danh sách.")


class CandidateDecided(Conflict):
    code = "CANDIDATE_DECIDED"
    message = _("Người khác vừa xử lý câu này.")


@dataclass(frozen=True)
class Meaning:
    """An intent that a message may be given: its code, and its title in both languages."""

    code: str
    vi: str
    en: str


def keep(act: Learn, *, at: datetime) -> None:
    """Count a message. One that was decided about stays decided; how often it still comes is counted all the same."""
    if not act.text:
        return
    with transaction.atomic():
        Candidate.objects.bulk_create(
            [Candidate(text=act.text[:LONGEST], first_at=at, last_at=at)], ignore_conflicts=True
        )
        row = Candidate.objects.select_for_update().get(text=act.text[:LONGEST])
        if act.picked:  # the same message once more: what it meant
            row.picks = _counted(row.picks, act.picked)
        else:
            row.times += 1
        row.why = _counted(row.why, act.why.value)
        if act.guess:
            row.guesses = _counted(row.guesses, act.guess)
        row.times, row.last_at = max(row.times, 1), max(row.last_at, at)
        row.save(update_fields=["times", "why", "guesses", "picks", "last_at"])


def _counted(counts: dict[str, int], name: str) -> dict[str, int]:
    return {**counts, name: int(counts.get(name, 0)) + 1}


def list_candidates(*, state: str = CandidateState.WAITING, limit: int = 100) -> list[Candidate]:
    """Those that wait for a decision (or were decided), the most frequent first."""
    return list(Candidate.objects.filter(state=state).order_by("-times", "-last_at", "id")[:limit])


def meanings(services: Sequence[Meaning]) -> list[Meaning]:
    """What a message may mean: the services offered, the other intents, and nothing of our trade."""
    named = [
        Meaning(intent.code, intent.title_vi, intent.title_en)
        for intent in seeds.intents().values()
        if not intent.is_service and intent.code != OTHER
    ]
    return [
        *services,
        *sorted(named, key=lambda one: one.vi),
        Meaning(OTHER, "Không thuộc ngành điện", "None of our trade"),
    ]


def suggestion(row: Candidate) -> str:
    """What it most likely means: what people chose after it, else what was guessed; empty when nothing tells."""
    for counts in (row.picks, row.guesses):
        if counts:
            return str(max(counts, key=lambda code: (counts[code], code)))
    return ""


def teach(*, candidate_id: int, intent: str, known: Collection[str], actor: Actor, at: datetime) -> None:
    """Give a message its meaning; it goes into the export. Raises CandidateUnknown, CandidateDecided, IntentUnknown."""
    if intent not in known:
        raise IntentUnknown(field="intent")
    _decide(candidate_id, CandidateState.TAUGHT, intent, actor, at)


def drop(*, candidate_id: int, actor: Actor, at: datetime) -> None:
    """It teaches nothing. Raises CandidateUnknown, CandidateDecided."""
    _decide(candidate_id, CandidateState.DROPPED, "", actor, at)


def take_back(*, candidate_id: int, actor: Actor, at: datetime) -> None:
    """It waits for a decision again. Raises CandidateUnknown."""
    _decide(candidate_id, CandidateState.WAITING, "", actor, at)


def _decide(candidate_id: int, state: CandidateState, intent: str, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        row = Candidate.objects.select_for_update().filter(id=candidate_id).first()
        if row is None:
            raise CandidateUnknown
        if state != CandidateState.WAITING and row.state != CandidateState.WAITING:
            raise CandidateDecided
        is_open = state == CandidateState.WAITING
        row.state, row.intent = state, intent
        row.decided_by, row.decided_at = ("", None) if is_open else (actor.ref, at)
        row.save(update_fields=["state", "intent", "decided_by", "decided_at"])
        company_ops.record_audit(
            actor=actor, verb=f"candidate.{state.lower()}", subject_type="candidate", subject_id=str(row.id), at=at,
            facts={"intent": intent} if intent else {},
        )  # fmt: skip


def export(*, with_seeds: bool = False) -> Iterator[str]:
    """The messages that were given a meaning, a JSON line each; after the seeds in the repository, when wanted."""
    if with_seeds:
        for intent in seeds.intents().values():
            for text in intent.messages:
                yield _line(text, intent.code)
    for row in Candidate.objects.filter(state=CandidateState.TAUGHT).order_by("intent", "id").iterator():
        yield _line(row.text, row.intent)


def _line(text: str, intent: str) -> str:
    return json.dumps({"text": text, "intent": intent}, ensure_ascii=False)
