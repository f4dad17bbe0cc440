"""`motcua understand`: messages in, JSON out, one line each; or train and score a model on other data.

No database is needed. See docs/reference/understanding.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motcua.ops.trouble import Exit, Trouble

if TYPE_CHECKING:
    from motcua.assistant.understanding.datasets import Message
    from motcua.assistant.understanding.model import Model
    from motcua.assistant.understanding.slots import Slot

OWN_SLOTS = frozenset({"account_code", "request_number", "phone", "id_number", "email", "money", "energy", "power", "date", "period", "name", "address"})  # fmt: skip


def run(told: argparse.Namespace) -> int:
    """Train (`--train`), score (`--score`), report (`--report`), or read lines."""
    # One thread multiplies these small matrices ten times faster than many that wait for each other.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if told.home:
        os.environ["MOTCUA_HOME"] = told.home
    today = _today(told.today)
    if told.train:
        return _train(told)
    model = _model(told)
    if told.score:
        return _score(model, _read(told.score), today)
    if told.report:
        from motcua.assistant.understanding import evaluating

        report = evaluating.evaluate(model, evaluating.held_out())
        print("\n".join([_facts(model), *report.lines()]))
        return Exit.OK
    for line in sys.stdin:
        text = line.rstrip("\r\n").removeprefix("\ufeff")
        print(json.dumps(_understood(text, model, today, own=not told.model), ensure_ascii=False), flush=True)
    return Exit.OK


def _today(told: str) -> date:
    from motcua.config import clock
    from motcua.kernel import local_time

    try:
        return date.fromisoformat(told) if told else local_time.local_date(clock.now())
    except ValueError:
        raise Trouble(f"--today wants a day such as 2026-11-23, not {told}.", Exit.USAGE) from None


def _model(told: argparse.Namespace) -> Model:
    from motcua.assistant.understanding import building, evaluating, store
    from motcua.assistant.understanding.model import Model, ModelRefused

    try:
        return Model.load(evaluating.model_file(Path(told.model))) if told.model else store.model()
    except (ModelRefused, building.BuildFailed) as problem:
        raise Trouble(f"{problem}.", Exit.USAGE) from None


def _read(name: str) -> list[Message]:
    from motcua.assistant.understanding import datasets

    try:
        return datasets.read(Path(name))
    except (OSError, datasets.DatasetWrong) as problem:
        raise Trouble(f"{problem}", Exit.USAGE) from None


def _train(told: argparse.Namespace) -> int:
    """A model of somebody else's messages, into `--model DIR`, scored on `--score` when that is given."""
    from motcua.assistant.understanding import evaluating, seeds, training

    if not told.model:
        raise Trouble("--train needs --model DIR, where the model is to be written.", Exit.USAGE)
    messages = _read(told.train)
    if len({message.intent for message in messages}) < 2:
        raise Trouble("Training needs messages of two intents at least.", Exit.USAGE)
    known = seeds.vocabulary_words([message.text for message in messages])
    examples = [training.Example(seeds.plain_words(m.text, known), m.intent) for m in messages]
    model = training.train([e for e in examples if e.words], source=told.train, copies=told.copies)
    path = evaluating.model_file(Path(told.model))
    path.parent.mkdir(parents=True, exist_ok=True)
    model.save(path)
    print(f"{path}: {len(messages)} messages, {_facts(model)}")
    return _score(model, _read(told.score), date(2026, 1, 1)) if told.score else int(Exit.OK)


def _facts(model: Model) -> str:
    facts = model.facts
    return (
        f"{len(facts.labels)} intents, {len(model.vocabulary)} pieces, temperature {facts.temperature:.2f}, "
        f"acts from {facts.act:.2f}, offers from {facts.offer:.2f}, "
        f"{facts.figures.get('aside_accuracy', 0):.1%} right on {facts.figures.get('aside_messages', 0):.0f} seeds kept aside"
    )


def _score(model: Model, messages: Sequence[Message], today: date) -> int:
    """Intents in every way of typing; spans where the file holds kinds that our rules know."""
    from motcua.assistant.understanding import evaluating

    report = evaluating.evaluate(model, messages, with_bands=False)
    print("\n".join(report.lines()))
    counts = list(_span_counts(messages, today))
    if counts:
        right, found, wanted = (sum(column) for column in zip(*counts, strict=True))
        print(
            f"spans of kinds we know: {wanted} wanted, {found} found, {right} exact, F1 {2 * right / max(found + wanted, 1):.1%}"
        )
    return int(Exit.OK)


def _span_counts(messages: Iterable[Message], today: date) -> Iterable[tuple[int, int, int]]:
    from motcua.assistant.understanding import evaluating, normalising, slots

    kinds = {span.kind for message in messages for span in message.spans} & OWN_SLOTS
    for message in messages if kinds else ():
        wanted = [(s.kind, s.start, s.end) for s in message.spans if s.kind in kinds]
        found = [
            (slot.kind.value, slot.start, slot.end)
            for slot in slots.find(normalising.compose(message.text), today)
            if slot.kind.value in kinds
        ]
        yield evaluating.slot_scores(found, wanted)


def _understood(text: str, model: Model, today: date, *, own: bool) -> dict[str, Any]:
    from motcua.assistant.understanding import meaning, normalising, seeds, slots

    if not own:  # another data set: its intents have no bands or anchors of ours
        composed = normalising.compose(text)
        ranking = model.rank(seeds.plain_words(composed, model.words))[: meaning.SHOWN]
        found: Sequence[Slot] = slots.find(composed, today)
        band, others = "", []
    else:
        from motcua.assistant import wording

        read = meaning.understand(text, today, model)
        composed, ranking, found = read.text, list(read.ranking), read.slots
        band, others = read.band.value, [score.intent for score in read.others]
    told: dict[str, Any] = {
        "text": composed,
        "intent": ranking[0].intent if ranking else "",
        "confidence": round(ranking[0].score, 4) if ranking else 0.0,
        "ranking": [{"intent": s.intent, "confidence": round(s.score, 4)} for s in ranking],
        "slots": [_slot(slot, composed) for slot in found],
    }
    if own:
        told |= {"band": band, "others": others, "danger": wording.is_dangerous(text)}
    return told


def _slot(slot: Slot, text: str) -> dict[str, Any]:
    told = {
        "kind": slot.kind.value,
        "value": slot.value,
        "start": slot.start,
        "end": slot.end,
        "text": text[slot.start : slot.end],
    }
    return {**told, "problem": slot.problem} if slot.problem else told
