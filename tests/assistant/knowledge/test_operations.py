"""Writing articles: versions, stale editors, facts that are named, the index that follows."""

from __future__ import annotations

from typing import Any

import pytest

from motcua.assistant.knowledge import filling, first, operations, queries
from motcua.assistant.knowledge.operations import Text
from motcua.assistant.models import Article, ArticleVersion, WordList
from motcua.kernel.actors import Actor
from motcua.kernel.local_time import local_date
from motcua.services import catalogue

TEXT = Text(
    "Đọc chỉ số thế nào?",
    "Lấy các số đen. Gọi {hotline}.",
    wordings=("xem số công tơ", "Xem so CONG TO", " "),
)


@pytest.fixture
def write(company: Any, at: Any, supervisor: Actor) -> Any:
    services = {service.code: service for service in catalogue.list_services(local_date(at))}

    def call(text: Text = TEXT, state: str = "PUBLISHED", **told: Any) -> Any:
        return operations.write_article(
            text=text, state=state, services=services, actor=supervisor, at=at, **told
        )

    return call


class TestWrite:
    def test_keeps_each_version_and_ways_of_asking_once(self, write):
        id = write()
        write(Text(TEXT.title, "Số đen."), article_id=id, version=1)

        assert Article.objects.get().version == 2
        assert [(v.version, v.answer, v.wordings) for v in queries.list_versions(id)] == [
            (2, "Số đen.", []), (1, TEXT.answer, ["xem số công tơ"])
        ]  # fmt: skip

    def test_refuses_a_stale_editor_a_taken_title_and_unknown_facts(self, write):
        id = write()
        write(article_id=id, version=1)

        with pytest.raises(operations.ArticleStale):
            write(article_id=id, version=1)
        with pytest.raises(operations.TitleTaken):
            write()
        with pytest.raises(operations.FactUnknown) as refused:
            write(Text("Khác", "{service:XYZ}"))

        assert refused.value.facts == {"name": "{service:XYZ}"}
        assert ArticleVersion.objects.count() == 2

    def test_the_index_follows_at_once(self, write, at, supervisor):
        id = write()
        assert queries.ask("xem so cong to")[0].is_sure
        write(article_id=id, version=1, state="RETIRED")
        assert queries.ask("xem so cong to")[0].hits == ()
        write(article_id=id, version=2)
        assert operations.add_wording(article_id=id, wording="đọc điện kế", actor=supervisor, at=at)
        assert not operations.add_wording(article_id=id, wording="doc dien ke", actor=supervisor, at=at)
        assert [article.id for article in queries.ask("doc dien ke")[1]] == [id]

    def test_knowing_takes_one_query_when_nothing_changed(self, write, django_assert_num_queries):
        write()
        queries.known()

        with django_assert_num_queries(1):
            queries.ask("xem số")


class TestFirst:
    def test_are_written_once_and_their_facts_are_known(self, company, at, supervisor):
        many = first.ensure(actor=supervisor, at=at)

        assert first.ensure(actor=supervisor, at=at) == 0
        assert Article.objects.filter(state="PUBLISHED").count() == many == len(first.read()["articles"])
        assert WordList.objects.count() == len(first.read()["same"]) + 1

    @pytest.mark.parametrize("language", ["vi", "en"])
    def test_every_fact_says_something(self, at, language):
        services = {service.code: service for service in catalogue.list_services(local_date(at))}
        facts = filling.Facts("EVNHANOI", "19001288", "https://hanoi.vn", services, language)
        for one in first.read()["articles"]:
            for text in (one["answer"], one["answer_en"]):
                assert filling.unknown(text, services) == []
                assert "{" not in filling.fill(text, facts)


class TestFilling:
    def test_puts_in_what_is_declared_today(self, at):
        services = {service.code: service for service in catalogue.list_services(local_date(at))}
        facts = filling.Facts("EVNHANOI", "19001288", "https://hanoi.vn", services)

        said = filling.fill("{service:INFO}; {page:gia-dien}; {hotline}; {promise:GONE}{page:bi-mat}", facts)

        assert (
            said
            == f"{services['INFO'].name.vi} (https://hanoi.vn/dich-vu/INFO/); https://hanoi.vn/gia-dien/; 19001288; "
        )
