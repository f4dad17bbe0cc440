"""Finding articles: without marks, in other words, by a clear lead or by a choice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.assistant.knowledge import first
from motcua.assistant.knowledge.index import Asked, Index
from motcua.kernel import vietnamese

TOLD = first.read()
ARTICLES = {one["title"]: one for one in TOLD["articles"]}
INDEX = Index(
    [Asked(title, text) for title, one in ARTICLES.items() for text in (title, one["title_en"], *one["wordings"])],
    same=TOLD["same"], empty=TOLD["empty"],
)  # fmt: skip
# Colloquial questions that stand in no article word by word.
ASKED = [
    ("quên mất mã kh rồi thì tìm chỗ nào", "Mã khách hàng là gì, xem ở đâu?"),
    ("dong tien dien cho bo me o que duoc k", "Trả tiền điện bằng cách nào?"),
    ("hôm qua ck rồi mà nay vẫn nhắn nợ", "Đã trả tiền mà vẫn báo nợ"),
    ("1 so dien bn tien", "Giá điện sinh hoạt hiện nay"),
    ("e ở trọ chủ thu 4k một số", "Ở trọ tính tiền điện thế nào?"),
    ("xin gắn đồng hồ điện cho nhà mới xây", "Mua điện cho nhà mới cần gì, bao lâu?"),
    ("mua lại nhà muốn đứng tên hợp đồng điện", "Sang tên hợp đồng điện"),
    ("hoá đơn tháng này cao gấp đôi", "Tiền điện tháng này cao bất thường"),
    ("coi số trên điện kế sao", "Đọc chỉ số công tơ thế nào?"),
    ("lich cup dien khu minh", "Nhà tôi mất điện"),
    ("cột điện bị đổ dây rơi ra đường", "Dây điện rơi, cháy, có người bị điện giật"),
    ("nợ bị cắt giờ đóng tiền rồi bao giờ mở lại", "Bị cắt điện vì nợ, làm sao có điện lại?"),
    ("có số lạ gọi bắt kết bạn zalo", "Có người gọi xưng là điện lực"),
    ("in hoá đơn điện cho công ty", "Lấy hóa đơn điện tử"),
    ("khong nhan duoc tin nhan tien dien", "Đổi số điện thoại nhận tin"),
    ("muốn chuyển cái đồng hồ ra ngoài cổng", "Dời công tơ sang chỗ khác"),
    ("hồ sơ của em đến đâu rồi", "Yêu cầu của tôi đến đâu rồi?"),
    ("muon nha bank tu trich no tien dien", "Trả tiền điện tự động hằng tháng"),
    ("chốt số điện vào ngày mấy hàng tháng", "Ngày nào ghi chỉ số công tơ?"),
    ("ho ngheo co dc ho tro tien dien ko", "Hộ nghèo, hộ chính sách được hỗ trợ tiền điện thế nào?"),
]


class TestFirstArticles:
    @pytest.mark.parametrize("title", ARTICLES)
    def test_each_way_of_asking_leads_to_its_article(self, title):
        one = ARTICLES[title]
        for text in (title, *one["wordings"]):
            assert INDEX.search(text)[0].article_id == title, text

    def test_other_words_lead_there_too(self):
        found = [INDEX.search(text) for text, _title in ASKED]

        first_ones = sum(
            bool(hits) and hits[0].article_id == title for hits, (_t, title) in zip(found, ASKED, strict=True)
        )
        among_three = sum(
            title in {hit.article_id for hit in hits} for hits, (_t, title) in zip(found, ASKED, strict=True)
        )
        print(f"first {first_ones}/{len(ASKED)}, among three {among_three}/{len(ASKED)}")  # noqa: T201
        assert first_ones >= 17
        assert among_three >= 19

    @pytest.mark.parametrize("text", [text for text, _title in ASKED] + list(ARTICLES))
    def test_without_marks_the_same_article_is_found_first(self, text):
        assert INDEX.search(vietnamese.fold(text))[0].article_id == INDEX.search(text)[0].article_id

    @pytest.mark.parametrize("text", ["thuế vat điện bao nhiêu"])
    def test_marks_keep_other_words_apart(self, text):
        assert not INDEX.answer(text).is_sure

    @pytest.mark.parametrize("text", ["", "???", "bạn tên gì", "mai trời có mưa không", "zzyzx"])
    def test_what_is_no_question_of_ours_is_not_answered_straight(self, text):
        assert not INDEX.answer(text).is_sure


class TestIndex:
    def test_hook_and_tilde_are_one_and_a_tone_may_stand_on_either_vowel(self):
        index = Index([Asked("a", "sửa hóa đơn"), Asked("b", "sứa")])

        assert [hit.article_id for hit in index.search("sữa")] == ["a"]
        assert index.search("hoá đơn") == index.search("hóa đơn") != []

    def test_answers_straight_only_with_a_lead(self):
        index = Index([Asked("a", "giá điện nhà"), Asked("b", "giá điện quán"), Asked("c", "dời công tơ")])

        assert index.answer("dời công tơ").is_sure
        both = index.answer("giá điện")
        assert not both.is_sure
        assert {hit.article_id for hit in both.hits} == {"a", "b"}

    def test_words_that_mean_the_same_count_as_one(self):
        index = Index(
            [Asked("a", "dời công tơ"), Asked("b", "giá điện")], same=[["công tơ", "đồng hồ", "điện kế"]]
        )

        assert index.search("dời điện kế") == index.search("dời đồng hồ") == index.search("dời công tơ")

    def test_nothing_known_answers_nothing(self):
        assert Index([]).answer("giá điện").hits == ()

    @given(st.text(max_size=80))
    def test_takes_anything(self, text):
        for hit in INDEX.search(text):
            assert hit.score > 0
            assert 0 < hit.share <= 1.0000001

    @given(st.permutations(list(ARTICLES)))
    def test_the_order_of_articles_makes_no_difference(self, titles):
        asked = [Asked(title, title) for title in titles]

        assert Index(asked).search("giá điện hiện nay") == Index(
            sorted(asked, key=lambda one: one.text)
        ).search("giá điện hiện nay")
