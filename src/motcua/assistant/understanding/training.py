"""Training: seeds in, a model out, in seconds and with NumPy alone.

Multinomial logistic regression by stochastic steps (AdaGrad), each on the few pieces that its messages hold.
The temperature and the two thresholds are fitted on a fifth of the seeds kept aside, with all their copies.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from motcua.assistant.understanding import augmenting
from motcua.assistant.understanding.features import Floats, Vector, Vocabulary
from motcua.assistant.understanding.model import OTHER, Facts, Matrix, Model

ROUNDS = 8
BATCH = 32
STEP = 0.35
AT_LEAST = 3  # messages (copies among them) a piece must stand in
KEPT_ASIDE = 0.2
RIGHT_WHEN_ACTING = 0.93
LEAST_TO_ACT, MOST_TO_ACT = 0.55, 0.75  # few seeds are kept aside: what they say is bounded
Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


@dataclass(frozen=True)
class Example:
    """A message in plain words and what it means."""

    words: tuple[str, ...]
    intent: str


def train(
    examples: Sequence[Example], *, source: str, seed: int = 20261123, copies: int = augmenting.COPIES
) -> Model:
    """The model of these examples, its temperature and thresholds fitted. The same input gives the same model."""
    kept, aside = _split(examples, seed)
    trial = fit(kept, source=source, seed=seed, copies=copies)
    judged = [(trial.logits(e.words), e.intent) for e in aside if e.words]
    facts = _calibrated(trial.facts, judged) if judged else trial.facts
    model = fit(examples, source=source, seed=seed, copies=copies)
    model.facts = replace(facts, labels=model.facts.labels)
    return model


def _split(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    """By seeds: all copies of one fall on the same side, and every intent keeps most of its own."""
    by_intent: dict[str, list[Example]] = {}
    for example in examples:
        by_intent.setdefault(example.intent, []).append(example)
    kept: list[Example] = []
    aside: list[Example] = []
    for intent, found in by_intent.items():
        # no secret; by intent, so that a message more in one changes the halves of no other
        mixed = random.Random(f"{seed} {intent}").sample(found, len(found))  # noqa: S311
        cut = int(len(mixed) * KEPT_ASIDE)
        aside += mixed[:cut]
        kept += mixed[cut:]
    return kept, aside


def fit(examples: Sequence[Example], *, source: str, seed: int, copies: int) -> Model:
    """Weights alone: no temperature, no thresholds."""
    rng = random.Random(seed)  # noqa: S311
    many = [(e.words, e.intent) for e in examples]
    for example in examples:
        if example.words:
            told = augmenting.copies(example.words, rng, copies)
            many += [(words, example.intent) for words in told]
    labels = tuple(sorted({intent for _, intent in many}))
    vocabulary = Vocabulary.learn((words for words, _ in many), at_least=min(AT_LEAST, 1 + copies))
    vectors = [vocabulary.vector(words) for words, _ in many]
    place = {label: at for at, label in enumerate(labels)}
    targets = np.array([place[intent] for _, intent in many])
    weights, bias = _descend(vectors, targets, len(vocabulary), len(labels), seed)
    exact = {" ".join(e.words): e.intent for e in examples if e.words and e.intent != OTHER}
    return Model(Facts(source, labels), vocabulary, weights, bias, exact)


def _descend(
    vectors: Sequence[Vector], targets: np.ndarray, size: int, classes: int, seed: int
) -> tuple[Matrix, Floats]:
    rng = np.random.default_rng(seed)
    weights = np.zeros((size, classes), dtype=np.float32)
    bias = np.zeros(classes, dtype=np.float32)
    seen = np.full((size, classes), 1e-3, dtype=np.float32)
    seen_bias = np.full(classes, 1e-3, dtype=np.float32)
    share = _shares(targets, classes)
    for _round in range(ROUNDS):
        for chosen in np.array_split(rng.permutation(len(vectors)), max(1, len(vectors) // BATCH)):
            rows, block = _block(vectors, chosen)
            slope = _softmax(block @ weights[rows] + bias)
            slope[np.arange(len(chosen)), targets[chosen]] -= 1
            slope *= (share[targets[chosen]] / len(chosen))[:, None]
            change = block.T @ slope
            seen[rows] += change * change
            weights[rows] -= STEP * change / np.sqrt(seen[rows])
            bias_change = slope.sum(axis=0)
            seen_bias += bias_change * bias_change
            bias -= 0.2 * STEP * bias_change / np.sqrt(seen_bias)
    return weights, bias


def _shares(targets: np.ndarray, classes: int) -> Floats:
    """Rare intents count more, by the square root: an intent with half the seeds is not half as likely."""
    counts = np.maximum(np.bincount(targets, minlength=classes), 1)
    found: Floats = np.sqrt(counts.mean() / counts).astype(np.float32)
    return found


def _block(vectors: Sequence[Vector], chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The chosen messages as a dense block over the pieces that they hold."""
    places = np.concatenate([vectors[at].places for at in chosen])
    rows, columns = np.unique(places, return_inverse=True)
    lengths = [len(vectors[at].places) for at in chosen]
    block = np.zeros((len(chosen), len(rows)), dtype=np.float32)
    block[np.repeat(np.arange(len(chosen)), lengths), columns] = np.concatenate(
        [vectors[at].weights for at in chosen]
    )
    return rows, block


def _softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    found: np.ndarray = powers / powers.sum(axis=1, keepdims=True)
    return found


# ---- how sure is sure


def _calibrated(facts: Facts, judged: Sequence[tuple[Floats, str]]) -> Facts:
    place = {label: at for at, label in enumerate(facts.labels)}
    known = [(logits, place[intent]) for logits, intent in judged if intent in place]
    scores = np.stack([logits for logits, _ in known]).astype(np.float64)
    targets = np.array([target for _, target in known])
    temperature = _lowest(lambda t: _surprise(scores / t, targets), np.geomspace(0.2, 5.0, 60))
    facts = replace(facts, temperature=float(temperature))
    real = np.array([label != OTHER for label in facts.labels])
    found = _softmax(scores / temperature)
    found[:, ~real] = -1.0
    best, right = found.max(axis=1), found.argmax(axis=1) == targets
    ours = real[targets]
    act = _threshold(best, right, RIGHT_WHEN_ACTING)
    offer = min(0.30, float(np.quantile(best[ours], 0.03))) if ours.any() else 0.30
    return replace(
        facts,
        act=round(min(max(act, LEAST_TO_ACT), MOST_TO_ACT), 3),
        offer=round(max(offer, 0.12), 3),
        figures={"aside_accuracy": round(float(right[ours].mean()), 4), "aside_messages": float(ours.sum())},
    )


def _lowest(cost: Callable[[float], float], tried: Array) -> float:
    return min((float(t) for t in tried), key=cost)


def _surprise(scores: Array, targets: np.ndarray) -> float:
    found = _softmax(scores)
    return float(-np.log(np.maximum(found[np.arange(len(targets)), targets], 1e-12)).mean())


def _threshold(best: np.ndarray, right: np.ndarray, wanted: float) -> float:
    """The lowest score above which so many of the kept are right (out of scope among the wrong)."""
    order = np.argsort(-best)
    share = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    good = np.nonzero(share >= wanted)[0]
    return float(best[order][good[-1]]) if len(good) else 0.85


def class_counts(examples: Sequence[Example]) -> Mapping[str, int]:
    counts: dict[str, int] = {}
    for example in examples:
        counts[example.intent] = counts.get(example.intent, 0) + 1
    return counts
