# ruff: noqa: E501 - a table of mistakes reads better in whole lines
"""Every mistake in a declaration is named by file and line."""

from __future__ import annotations

from datetime import date

import pytest
from tests.services.conftest import SMALL, write_declaration

from motcua.services import catalogue
from motcua.services.catalogue import Catalogue, DeclarationsWrong


def line_of(piece: str, text: str = SMALL) -> int:
    """The line on which a piece of the small declaration stands."""
    return text[: text.index(piece)].count("\n") + 1


def test_the_small_declaration_is_right(errors_of):
    assert errors_of() == []


BROKEN = [
    ("transition to unknown step", "- {step: DONE}", "- {step: NOWHERE}", "- {step: DONE}", "unknown step \"NOWHERE\""),
    ("unknown role", "role: CREW", "role: PLUMBER", "role: CREW", '"PLUMBER" is no role'),
    ("missing role", "    role: CREW\n", "", "  - code: REPAIR", '"role" is missing'),
    ("undeclared field", "{field: dark, equals: true}\n    min", "{field: night, equals: true}\n    min",
     "when: {field: dark, equals: true}", 'asks for "night", which is not declared'),
    ("field declared later", "    type: text\n", "    type: text\n    when: {field: dark, equals: true}\n",
     "    label: {vi: \"Ở đâu?\"", 'asks for "dark", which is not declared before it'),
    ("undeclared field in a transition", "{field: lamps, gt: 9}", "{field: bulbs, gt: 9}",
     "{field: lamps, gt: 9}", 'asks for "bulbs"'),
    ("missing English", 'name: {vi: "Đèn đường", en: "Street lamp"}', 'name: {vi: "Đèn đường"}',
     "name: {vi: \"Đèn đường\"", 'the translation "en" of "name" is missing'),
    ("empty Vietnamese", '{vi: "Sửa", en: "Repair"}', '{vi: "", en: "Repair"}', '{vi: "Sửa", en: "Repair"}',
     'the translation "vi" of "name" is missing'),
    ("unknown placeholder", "Đèn đã sáng ({request_number})", "Đèn đã sáng ({number})",
     'text: {vi: "Đèn đã sáng (', '"{number}" is no placeholder'),
    ("missing promise", SMALL[SMALL.index("promise:"):SMALL.index("steps:")], "", "code: LAMP",
     "the promise to the customer is missing"),
    ("duplicate question", "name: dark\n", "name: where\n", "- name: dark", 'the question "where" is declared twice'),
    ("duplicate step", "code: DONE", "code: REPAIR", "- code: DONE", 'the step "REPAIR" is declared twice'),
    ("duplicate key", "icon: lamp", "icon: lamp\nicon: bulb", "questions:", 'the key "icon" stands here twice'),
    ("unknown key", "icon: lamp", "icon: lamp\ncolour: red", "questions:", 'unknown key "colour"'),
    ("unknown type", "type: integer\n    label: {vi: \"Mấy ngày", "type: number\n    label: {vi: \"Mấy ngày",
     "type: integer", '"number" is no type'),
    ("bad span", "2 working days", "2 fortnights", "within: 2 working days", "not a span of time"),
    ("unknown notice", "notices: [SHINES]", "notices: [GLOWS]", "notices: [SHINES]", 'notice "GLOWS" is not declared'),
    ("bad operator", "{field: lamps, gt: 9}", "{field: lamps, more: 9}", "{field: lamps, gt: 9}", "is no condition"),
    ("notarised copy asked", 'vi: "Ảnh đèn"', 'vi: "Bản sao công chứng"', 'name: {vi: "Ảnh đèn"', "plain copies"),
    ("certified in English", 'en: "Photo of the lamp"', 'en: "Certified copy"', 'name: {vi: "Ảnh đèn"', "plain copies"),
    ("notarised as a key", "    need: OPTIONAL\n", "    need: OPTIONAL\n    notarised: true\n", "    give: [UPLOAD]",
     "plain copies"),
    ("unknown paper way", "give: [UPLOAD]", "give: [FAX]", "give: [UPLOAD]", '"FAX" is no give'),
    ("wrong value in a condition", "equals: true}\n    min", 'equals: "yes"}\n    min',
     "when: {field: dark, equals: true}", "compare it with true or false"),
    ("last transition conditional", "- {step: DONE}", "- {when: {field: lamps, lt: 5}, step: DONE}",
     "- {step: DONE}", "the last transition must hold always"),
    ("eligibility of nothing", "question: dark\n", "question: light\n", "question: dark",
     'question "light" is not declared'),
    ("unknown extension", "extends_promise: NEW_LAMP", "extends_promise: SUN", "extends_promise: NEW_LAMP",
     'no extension "SUN"'),
    ("target of unknown step", "until: REPAIR", "until: SUNRISE", "until: REPAIR", 'step "SUNRISE" is not declared'),
    ("portal status", "portal_status: 4", "portal_status: 11", "portal_status: 4", "from 1 to 10"),
    ("not settled", "    settles: true\n", "", "steps:", "no step settles"),
    ("no final step", "    final: true\n", "", "steps:", "no step is final"),
    ("text for a number", "portal_status: 4", "portal_status: four", "portal_status: 4", "must be a whole number"),
    ("not YAML", "icon: lamp", "icon: [lamp", "questions:", "not readable as YAML"),
    ("unquoted option", "type: yes_no", "type: choice\n    options:\n      - {value: no, label: {vi: A, en: B}}",
     "- name: since", "must be a text"),
    ("wrong code", "code: LAMP", "code: TORCH", "code: LAMP", 'the folder is "LAMP", the code "TORCH"'),
    ("wrong version", "version: 1", "version: 2", "version: 1", 'the file is "1.yaml", the version 2'),
    ("backwards period", "valid_from: 2025-01-01", "valid_from: 2025-01-01\nvalid_to: 2024-01-01",
     "name: {vi", "valid_to must come after"),
    ("system step without an action", "role: CREW", "role: SYSTEM", "        inputs:",
     "cannot answer the inputs"),
    ("waits for nothing known", "    settles: true\n", "    settles: true\n    waits_for: SUN\n", "on_enter",
     'not "SUN"'),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "at", "message"), [case[1:] for case in BROKEN], ids=[c[0] for c in BROKEN]
)
def test_names_file_line_and_mistake(errors_of, old, new, at, message):
    errors = errors_of(old, new)

    found = [error for error in errors if message in error]
    assert found, f"expected {message!r} among {errors}"
    assert all(error.startswith("declared/LAMP/1.yaml:") for error in errors)
    assert int(found[0].split(":")[1]) == line_of(at)


def test_names_the_exact_line_of_a_transition(errors_of):
    [error] = errors_of("- {step: DONE}", "- {step: NOWHERE}")

    assert error.startswith(f"declared/LAMP/1.yaml:{line_of('- {step: DONE}')}: ")


def test_names_an_unreachable_step(errors_of):
    extra = SMALL[SMALL.index("  - code: DONE") : SMALL.index("notices:\n  - code")].replace("DONE", "ISLAND")

    [error] = errors_of("notices:\n  - code: SHINES", extra + "notices:\n  - code: SHINES")

    assert f":{line_of('notices:' + chr(10) + '  - code')}: " in error
    assert 'the step "ISLAND" cannot be reached from "REPAIR"' in error


def test_names_a_step_without_an_end(errors_of):
    errors = errors_of("          - {step: DONE}\n", "          - {step: REPAIR}\n")

    assert any('from the step "REPAIR" no final step can be reached' in error for error in errors)


def test_names_an_unknown_effect_only_when_effects_are_known(errors_of):
    assert errors_of(effects=None) == []
    assert errors_of(effects={"book_visit"}) == []

    [error] = errors_of(effects={"raise_charge"})

    assert error == f'declared/LAMP/1.yaml:{line_of("on_enter")}: the effect "book_visit" is not registered'


def test_refuses_more_than_eight_questions(errors_of):
    more = "".join(
        f'  - name: extra_{i}\n    type: text\n    label: {{vi: "Câu {i}", en: "Question {i}"}}\n'
        for i in range(6)
    )

    [error] = errors_of("papers:", more + "papers:")

    assert "9 questions; at most 8" in error


def test_says_that_no_notarisation_is_needed_without_being_refused(errors_of):
    assert (
        errors_of(
            'name: {vi: "Ảnh đèn"', 'help: {vi: "Không cần công chứng.", en: "x"}\n    name: {vi: "Ảnh đèn"'
        )
        == []
    )


def test_tells_all_mistakes_at_once(errors_of):
    errors = errors_of("role: CREW\n    clock: COMPANY", "role: PLUMBER\n    clock: SOMEBODY")

    assert len(errors) == 1, "a wrong shape is told first"
    assert "SOMEBODY" in errors[0]


class TestVersions:
    def test_side_by_side(self, folder):
        write_declaration(
            folder, SMALL.replace("valid_from: 2025-01-01", "valid_from: 2025-01-01\nvalid_to: 2026-01-01")
        )
        write_declaration(
            folder, SMALL.replace("version: 1", "version: 2").replace("2025-01-01", "2026-01-01"), version="2"
        )

        found = catalogue.load_folder(folder)

        assert found.get("LAMP", date(2025, 12, 31)).version == 1
        assert found.get("LAMP", date(2026, 1, 1)).version == 2
        assert found.get("LAMP", 1).valid_to == date(2026, 1, 1)
        assert found.find("LAMP", date(2024, 12, 31)) is None
        assert [service.version for service in found.list_services(date(2027, 1, 1))] == [2]

    @pytest.mark.parametrize("first_end", ["", "\nvalid_to: 2026-06-01"])
    def test_overlapping_periods_are_refused(self, folder, first_end):
        write_declaration(
            folder, SMALL.replace("valid_from: 2025-01-01", f"valid_from: 2025-01-01{first_end}")
        )
        write_declaration(
            folder, SMALL.replace("version: 1", "version: 2").replace("2025-01-01", "2026-01-01"), version="2"
        )

        [error] = catalogue.check_folder(folder)

        assert error.file == "declared/LAMP/2.yaml"
        assert error.line == 3
        assert "overlaps version 1 (declared/LAMP/1.yaml)" in error.message

    def test_rules_of_the_past_may_be_written_later(self, folder):
        write_declaration(folder, SMALL.replace("2025-01-01", "2026-01-01"))
        write_declaration(
            folder,
            "code: LAMP\nbased_on: 1\nversion: 2\nvalid_from: 2025-01-01\nvalid_to: 2026-01-01\nicon: flag\n",
            version="2",
        )

        assert catalogue.check_folder(folder) == []
        older, newer = catalogue.load_folder(folder).list_versions("LAMP")
        assert [(v.version, v.icon) for v in (older, newer)] == [(2, "flag"), (1, "lamp")]
        assert older.steps == newer.steps
        assert older.content_hash != newer.content_hash

    @pytest.mark.parametrize("base", ["7", "soon"])
    def test_a_base_must_be_there(self, folder, base):
        write_declaration(folder, f"code: LAMP\nbased_on: {base}\nversion: 1\nvalid_from: 2025-01-01\n")

        assert f'there is no version "{base}" to be based on' in [
            e.message for e in catalogue.check_folder(folder)
        ]

    def test_a_base_has_no_base_of_its_own(self, folder):
        write_declaration(folder, SMALL)
        for number, base, day in (
            (2, 1, "2024-01-01\nvalid_to: 2025-01-01"),
            (3, 2, "2023-01-01\nvalid_to: 2024-01-01"),
        ):
            write_declaration(
                folder,
                f"code: LAMP\nbased_on: {base}\nversion: {number}\nvalid_from: {day}\n",
                version=str(number),
            )

        assert any("itself based on another" in error.message for error in catalogue.check_folder(folder))

    def test_a_stray_file_is_named(self, folder):
        write_declaration(folder, SMALL)
        (folder / "LAMP" / "2.yml").write_text("code: LAMP")

        [error] = catalogue.check_folder(folder)

        assert error.file == "declared/LAMP/2.yml"

    def test_loading_a_wrong_folder_raises_with_all_errors(self, folder):
        write_declaration(folder, SMALL.replace("role: CREW", "role: PLUMBER"))

        with pytest.raises(DeclarationsWrong, match=r"declared/LAMP/1.yaml:\d+: \"PLUMBER\" is no role"):
            catalogue.load_folder(folder)


class TestContentHash:
    def _hash(self, folder, text):
        write_declaration(folder, text)
        return catalogue.load_folder(folder).get("LAMP", 1).content_hash

    def test_is_the_same_for_the_same_content_written_otherwise(self, folder):
        again = SMALL.replace("synonyms: [đèn đường]", "synonyms:\n  - đèn đường  # a comment")

        assert self._hash(folder, again) == self._hash(folder, SMALL)

    @pytest.mark.parametrize(
        ("old", "new"),
        [("2 working days", "3 working days"), ("max: 365", "max: 366"), ("Đang sửa.", "Đang sửa")],
    )
    def test_differs_for_other_content(self, folder, old, new):
        assert self._hash(folder, SMALL.replace(old, new)) != self._hash(folder, SMALL)


def test_a_version_can_be_had_by_number_or_day(home_supply):
    assert home_supply.version == 2
    assert catalogue.get("NEW-LV-RES", 1).valid_to == home_supply.valid_from
    assert catalogue.get("NEW-LV-RES", date(2024, 6, 1)).version == 1
    with pytest.raises(catalogue.UnknownService):
        catalogue.get("NEW-LV-RES", date(2010, 1, 1))
    with pytest.raises(catalogue.UnknownService):
        catalogue.get("NO-SUCH", 1)


def test_an_empty_catalogue_has_nothing(folder):
    assert catalogue.load_folder(folder) == Catalogue({})
