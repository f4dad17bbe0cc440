"""Writing articles and word lists. Each change keeps a version and turns the mark that processes read by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.db import IntegrityError, transaction

from motcua.assistant.knowledge import filling
from motcua.assistant.models import Article, ArticleState, ArticleVersion, KnowledgeMark, WordList
from motcua.kernel import ids, vietnamese
from motcua.kernel.actors import Actor
from motcua.kernel.results import NotFound, Refused
from motcua.kernel.results import gettext_noop as _
from motcua.services.declaration import Service

MOST_WORDINGS, LONGEST_WORDING = 60, 200


class ArticleUnknown(NotFound):
    code = "ARTICLE_UNKNOWN"
    message = _("Không tìm thấy bài này.")


class TitleTaken(Refused):
    code = "TITLE_TAKEN"
    message = _("Đã có bài với câu hỏi này.")


class FactUnknown(Refused):
    code = "FACT_UNKNOWN"
    message = _("Không có dữ liệu nào tên %(name)s.")


class ArticleStale(Refused):
    """Somebody saved another version since the editor opened it."""

    code = "STALE"
    message = _("Người khác vừa sửa bài này. Hãy mở lại và sửa tiếp.")


@dataclass(frozen=True)
class Text:
    """What an article says."""

    title: str
    answer: str
    title_en: str = ""
    answer_en: str = ""
    wordings: tuple[str, ...] = field(default=())

    def clean(self) -> Text:
        """Trimmed; ways of asking that fold to the same, or to the title, stand once."""
        seen = {vietnamese.search_key(self.title)}
        kept = []
        for wording in (vietnamese.clean(text)[:LONGEST_WORDING] for text in self.wordings):
            key = vietnamese.search_key(wording)
            if key and key not in seen:
                seen.add(key)
                kept.append(wording)
        return Text(
            vietnamese.clean(self.title), self.answer.strip(), vietnamese.clean(self.title_en), self.answer_en.strip(),
            tuple(kept[:MOST_WORDINGS]),
        )  # fmt: skip


def write_article(
    *,
    text: Text,
    state: str,
    services: Mapping[str, Service],
    actor: Actor,
    at: datetime,
    article_id: UUID | None = None,
    version: int = 0,
) -> UUID:
    """A new article, or the next version of one; `version` is the one the editor had before them.

    Raises ArticleUnknown, ArticleStale, TitleTaken, FactUnknown.
    """
    clean = text.clean()
    for name in ("answer", "answer_en"):
        if wrong := filling.unknown(getattr(clean, name), services):
            raise FactUnknown(field=name, name=wrong[0])
    try:
        with transaction.atomic():
            row = _row(article_id, version, at)
            for name, value in asdict(clean).items():
                setattr(row, name, list(value) if name == "wordings" else value)
            row.state, row.version, row.changed_at, row.changed_by = (
                ArticleState(state),
                row.version + 1,
                at,
                actor.ref,
            )
            row.save(force_insert=article_id is None, force_update=article_id is not None)
            _keep(row)
            _turn()
            return row.id
    except IntegrityError as error:
        if "article_title_once" not in str(error):
            raise
        raise TitleTaken(field="title") from None


def add_wording(*, article_id: UUID, wording: str, actor: Actor, at: datetime) -> bool:
    """One more way of asking; False when it was known. Raises ArticleUnknown."""
    with transaction.atomic():
        row = Article.objects.select_for_update().filter(id=article_id).first()
        if row is None:
            raise ArticleUnknown
        clean = Text(row.title, row.answer, wordings=(*row.wordings, wording)).clean()
        if list(clean.wordings) == row.wordings:
            return False
        row.wordings, row.version, row.changed_at, row.changed_by = (
            list(clean.wordings),
            row.version + 1,
            at,
            actor.ref,
        )
        row.save(force_update=True)
        _keep(row)
        _turn()
        return True


def set_words(*, kind: str, lists: Sequence[Sequence[str]]) -> None:
    """Put these lists of words in the place of those there were."""
    kept = [[vietnamese.clean(word) for word in words if vietnamese.tokens(word)] for words in lists]
    fewest = 2 if kind == WordList.Kind.SAME else 1
    with transaction.atomic():
        WordList.objects.filter(kind=kind).delete()
        WordList.objects.bulk_create(
            [WordList(kind=kind, words=words) for words in kept if len(words) >= fewest]
        )
        _turn()


def _row(article_id: UUID | None, version: int, at: datetime) -> Article:
    if article_id is None:
        return Article(id=ids.new_id(at), version=0)
    row = Article.objects.select_for_update().filter(id=article_id).first()
    if row is None:
        raise ArticleUnknown
    if row.version != version:
        raise ArticleStale
    return row


def _keep(row: Article) -> None:
    ArticleVersion.objects.create(
        article_id=row.id, version=row.version, state=row.state, title=row.title, answer=row.answer, title_en=row.title_en,
        answer_en=row.answer_en, wordings=row.wordings, at=row.changed_at, actor=row.changed_by,
    )  # fmt: skip


def _turn() -> None:
    KnowledgeMark.objects.update_or_create(id=1, defaults={"mark": uuid4()})
