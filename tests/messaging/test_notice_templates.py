"""Texts of notices: every declared one can be filled, edited ones are versions, and messages name theirs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from motcua.kernel.actors import Actor
from motcua.kernel.results import Invalid
from motcua.kernel.vietnamese import ascii_text
from motcua.messaging import forms, operations, rules, template_versions, templates
from motcua.messaging.forms import Form
from motcua.messaging.models import OutboxMessage, TemplateVersion
from motcua.requests import operations as request_ops
from motcua.requests import queries as request_queries
from motcua.requests.notice_texts import GENERAL, LOCALISED
from motcua.requests.operations import telling
from motcua.services.declaration import PLACEHOLDERS
from tests.requests.conftest import HOME_ANSWERS

ADMIN = Actor.staff("11111111-1111-7111-8111-111111111111", "Lan", ["ADMIN"], [])
PHONE = "+84901234567"
RECEIVED = {"brand": "EVN", "number": "26H-0001", "service": "Cấp điện", "due": "20/11", "link": "https://x/"}


def edit(at: Any, form: Form = Form.SHORT, vi: str = "{brand}: đã nhận {number}. {link}", **told: Any) -> int:
    given = {
        "code": "request.received", "form": form, "texts": {"vi": vi, "en": told.pop("en", "{brand}: got {number}. {link}")},
        "reason": "Ngắn hơn", "valid_from": at, "after": 0, "actor": ADMIN, "at": at,
    } | told  # fmt: skip
    return template_versions.write(**given)


def sent(key: str) -> OutboxMessage:
    return OutboxMessage.objects.get(key=key)


@pytest.mark.usefixtures("company")
class TestDeclared:
    def test_every_text_of_every_template_is_filled_to_the_last_variable(self):
        walked = 0
        for template in templates.list_all():
            for language, text in template.texts().items():
                names = rules.placeholders(text)
                said = rules.render(text, {name: f"<{name}>" for name in names})
                assert "{" not in said, template.code
                assert all(f"<{name}>" in said for name in names), (template.code, language)
                assert len(said) <= forms.LIMITS[Form.SHORT], template.code
            walked += 1
        assert walked > 60

    def test_every_declared_text_passes_the_check_an_edited_one_must(self):
        wrong = {
            template.code: found
            for template in templates.list_all()
            for form in Form
            if (found := template_versions.check(template, form, {"vi": template.vi, "en": template.en}))
        }

        assert wrong == {}

    def test_every_one_is_found_by_its_code_and_has_a_topic_and_a_label(self):
        listed = templates.list_all()

        assert len({one.code for one in listed}) == len(listed)
        assert all(templates.get(one.code).vi == one.vi and one.topic and one.label for one in listed)
        assert max(len(one.code) for one in listed) <= 60

    def test_what_is_known_of_every_request_may_be_named_by_services_too(self):
        assert GENERAL <= PLACEHOLDERS
        assert LOCALISED <= GENERAL


@pytest.mark.usefixtures("company")
class TestVersions:
    def test_an_edited_text_goes_from_its_instant_on_and_the_message_names_it(self, at, sms):
        assert edit(at, valid_from=at + timedelta(hours=1)) == 1

        for number, when in enumerate((at, at + timedelta(hours=2))):
            operations.notify(
                key=f"n{number}",
                at=when,
                phone=PHONE,
                template="request.received",
                params=RECEIVED,
                important=True,
            )
            operations.send_due(at=when)

        assert [call.text for call in sms.calls] == [
            ascii_text(rules.render(templates.get("request.received").vi, RECEIVED)), "EVN: da nhan 26H-0001. https://x/",
        ]  # fmt: skip
        assert [sent(f"notice:n{n}:sms").template_version for n in (0, 1)] == [0, 1]

    def test_each_form_has_its_own(self, at):
        edit(at, form=Form.MAIL, vi="Kính gửi quý khách.\n{brand} đã nhận {number}: {link}")

        words = template_versions.words_for("request.received", at)

        assert (words.version("EMAIL"), words.version("SMS"), words.version("ZALO")) == (1, 0, 0)
        assert words.texts("EMAIL")["vi"].startswith("Kính gửi")
        assert words.texts("SMS")["vi"] == templates.get("request.received").vi

    def test_old_ones_stay_and_going_back_is_one_more(self, at):
        edit(at)
        edit(at, vi="{brand} báo: {number} {link}", after=1)
        first = template_versions.list_versions("request.received")[-1]
        edit(at, vi=first.vi, en=first.en, after=2, reason="Quay lại bản 1")

        found = template_versions.list_versions("request.received")
        assert [(one.number, one.vi) for one in found] == [
            (3, "{brand}: đã nhận {number}. {link}"), (2, "{brand} báo: {number} {link}"), (1, "{brand}: đã nhận {number}. {link}"),
        ]  # fmt: skip
        assert template_versions.words_for("request.received", at).version("SMS") == 3

    @pytest.mark.parametrize(
        ("told", "language", "code", "name"),
        [
            ({"vi": "{brand}: {so_phieu} {link}"}, "vi", "UNKNOWN_VARIABLE", "so_phieu"),
            ({"vi": "{brand}: đã nhận {number}."}, "vi", "MISSING_VARIABLE", "link"),
            ({"en": "{brand}: got {nubmer}. {link}"}, "en", "UNKNOWN_VARIABLE", "nubmer"),
        ],
    )
    def test_a_wrong_variable_is_refused_by_name(self, at, told, language, code, name):
        with pytest.raises(Invalid) as refused:
            edit(at, **told)

        [problem] = refused.value.errors[language]
        assert (problem.code, problem.facts["name"]) == (code, name)
        assert TemplateVersion.objects.count() == 0

    def test_needs_a_reason_the_right_role_and_the_newest_one_seen(self, at):
        with pytest.raises(Invalid) as refused:
            edit(at, reason=" ")
        assert set(refused.value.errors) == {"reason"}
        with pytest.raises(template_versions.MayNotEdit):
            edit(at, actor=Actor.staff("x", "X", ["BUSINESS"], []))
        edit(at)
        with pytest.raises(template_versions.TemplateEdited):
            edit(at, vi="{brand} {link} {number} khác")

    def test_a_service_notice_fills_what_only_the_edited_text_names(self, at, sms):
        receipt = request_ops.submit(
            service_code="NEW-LV-RES",
            answers=HOME_ANSWERS,
            channel="WEB",
            actor=Actor.anonymous("v"),
            at=at,
            key="s",
        )
        view = request_queries.get_request(receipt.request_id)
        code = next(one.code for one in templates.list_all() if one.code == "NEW-LV-RES.RECEIVED")
        edit(
            at,
            code=code,
            vi="{company} {service_name} {unit_name} {request_number}",
            en="{company} {service_name}",
        )

        telling.tell(view, "RECEIVED", key="again", at=at, more={})
        for second in (1, 2):  # one after another to a number
            operations.send_due(at=at + timedelta(seconds=second))

        said = sms.calls[-1].text
        assert view.number in said
        assert ascii_text(view.service.name.vi) in said
        assert "  " not in said
        assert "{" not in said
        assert sent("notice:again:sms").template_version == 1


class TestLengths:
    @pytest.mark.parametrize(
        ("text", "plain", "want"),
        [
            ("a" * 160, True, ("GSM-7", 160, 1)), ("a" * 161, True, ("GSM-7", 161, 2)), ("a" * 306, True, ("GSM-7", 306, 2)),
            ("a" * 307, True, ("GSM-7", 307, 3)), ("[" * 80, True, ("GSM-7", 160, 1)), ("ệ" * 70, False, ("UCS-2", 70, 1)),
            ("ệ" * 71, False, ("UCS-2", 71, 2)), ("ệ" * 134, False, ("UCS-2", 134, 2)), ("ệ" * 160, True, ("GSM-7", 160, 1)),
            ("😀" * 35, False, ("UCS-2", 70, 1)),
        ],
    )  # fmt: skip
    def test_count_as_the_network_does(self, text, plain, want):
        found = forms.measure_sms(text, plain=plain)

        assert (found.alphabet, found.units, found.segments) == want
