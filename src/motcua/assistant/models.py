"""Where each conversation stands with the assistant; what the company knows to answer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class DialogueState(models.Model):
    """The assistant's memory of one conversation; forgotten when it closes. Answers stand in the draft, not
    here.
    """

    conversation_id = models.UUIDField(primary_key=True)
    handled_seq = models.PositiveIntegerField(default=0)
    state = models.JSONField(default=dict)
    changed_at = models.DateTimeField()
    answer_at = models.DateTimeField(null=True)  # short messages wait until then for more of the same burst

    class Meta:
        indexes = [
            models.Index(
                fields=["answer_at"], condition=Q(answer_at__isnull=False), name="dialogue_answer_at"
            )
        ]


class ArticleState(models.TextChoices):
    DRAFT = "DRAFT"
    PUBLISHED = "PUBLISHED"
    RETIRED = "RETIRED"


class Article(models.Model):
    """An answer that staff write, for customers and for colleagues."""

    id = models.UUIDField(primary_key=True)
    title = models.CharField(max_length=200)
    answer = models.TextField()
    title_en = models.CharField(max_length=200, blank=True)
    answer_en = models.TextField(blank=True)
    wordings = models.JSONField(default=list)  # other ways of asking
    state = models.CharField(max_length=9, choices=ArticleState.choices)
    version = models.PositiveIntegerField()
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["title"], name="article_title_once"),
            models.CheckConstraint(condition=~Q(title="") & ~Q(answer=""), name="article_says_something"),
        ]
        indexes = [models.Index(fields=["state", "title"], name="article_by_state")]


class ArticleVersion(models.Model):
    """What an article said, when and by whom. Rows are never changed."""

    append_only = True

    article = models.ForeignKey(Article, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    state = models.CharField(max_length=9)
    title = models.CharField(max_length=200)
    answer = models.TextField()
    title_en = models.CharField(max_length=200, blank=True)
    answer_en = models.TextField(blank=True)
    wordings = models.JSONField(default=list)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["article", "version"], name="article_version_once")]


class WordList(models.Model):
    """Words for finding articles: those that mean the same, the first stands for all; those that say nothing."""

    class Kind(models.TextChoices):
        SAME = "SAME"
        EMPTY = "EMPTY"

    kind = models.CharField(max_length=5, choices=Kind.choices)
    words = models.JSONField(default=list)


class CandidateState(models.TextChoices):
    WAITING = "WAITING"
    TAUGHT = "TAUGHT"
    DROPPED = "DROPPED"


class Candidate(models.Model):
    """A kind of message the assistant did not know how to take, folded and without personal values: staff say what it means.

    `guesses` and `picks` count intents: what the assistant thought, and what people then chose.
    """

    text = models.CharField(max_length=200, unique=True)
    times = models.PositiveIntegerField(default=0)
    why = models.JSONField(default=dict)
    guesses = models.JSONField(default=dict)
    picks = models.JSONField(default=dict)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    state = models.CharField(
        max_length=7, choices=CandidateState.choices, default=CandidateState.WAITING, db_default="WAITING"
    )
    intent = models.CharField(max_length=40, blank=True)
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="TAUGHT") & ~Q(intent="") | ~Q(state="TAUGHT") & Q(intent=""),
                name="candidate_taught_has_intent",
            ),
            models.CheckConstraint(
                condition=Q(state="WAITING", decided_at__isnull=True)
                | (~Q(state="WAITING") & Q(decided_at__isnull=False)),
                name="candidate_decided_at",
            ),
        ]
        indexes = [models.Index(fields=["state", "-times", "-last_at"], name="candidate_by_times")]


class KnowledgeMark(models.Model):
    """One row: a new mark with every change of articles or words, so that each process knows when to read again."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    mark = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="knowledge_one_mark")]
