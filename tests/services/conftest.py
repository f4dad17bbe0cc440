"""A small declaration to bend and break, and the services of a day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from motcua.services import catalogue
from motcua.services.declaration import Service

TODAY = date(2026, 11, 22)

SMALL = """\
code: LAMP
version: 1
valid_from: 2025-01-01
name: {vi: "Đèn đường", en: "Street lamp"}
summary: {vi: "Báo đèn đường hỏng.", en: "Report a broken street lamp."}
synonyms: [đèn đường]
category: HELP
icon: lamp
questions:
  - name: where
    type: text
    label: {vi: "Ở đâu?", en: "Where?"}
  - name: dark
    type: yes_no
    label: {vi: "Có tối không?", en: "Is it dark?"}
  - name: since
    type: integer
    label: {vi: "Mấy ngày rồi?", en: "How many days?"}
    when: {field: dark, equals: true}
    min: 0
    max: 365
papers:
  - code: PHOTO
    name: {vi: "Ảnh đèn", en: "Photo of the lamp"}
    need: OPTIONAL
    give: [UPLOAD]
eligibility:
  - question: dark
    ok_when: {field: dark, equals: true}
    refusal: {vi: "Đèn còn sáng.", en: "The lamp still shines."}
    instead: {vi: "Hãy gửi câu hỏi.", en: "Send a question."}
promise:
  within: 2 working days
  text: {vi: "Sửa trong 2 ngày làm việc.", en: "Repaired within 2 working days."}
  extended:
    - code: NEW_LAMP
      within: 5 working days
      text: {vi: "Phải thay đèn.", en: "A new lamp is needed."}
  targets:
    - code: SOON
      since: REPAIR
      until: REPAIR
      within: 1 working day
      text: {vi: "Sớm", en: "Soon"}
steps:
  - code: REPAIR
    name: {vi: "Sửa", en: "Repair"}
    role: CREW
    clock: COMPANY
    status: {vi: "Đang sửa.", en: "Being repaired."}
    portal_status: 4
    settles: true
    on_enter: [book_visit]
    actions:
      - code: repaired
        label: {vi: "Đã sửa", en: "Repaired"}
        inputs:
          - name: lamps
            type: integer
            label: {vi: "Mấy đèn?", en: "How many lamps?"}
        to:
          - {when: {field: lamps, gt: 9}, step: REPAIR}
          - {step: DONE}
        notices: [SHINES]
      - code: replace
        label: {vi: "Thay đèn", en: "Replace"}
        extends_promise: NEW_LAMP
  - code: DONE
    name: {vi: "Xong", en: "Done"}
    role: CUSTOMER
    clock: CUSTOMER
    status: {vi: "Đèn đã sáng.", en: "The lamp shines."}
    portal_status: 10
    final: true
notices:
  - code: SHINES
    text: {vi: "Đèn đã sáng ({request_number}).", en: "The lamp shines ({request_number})."}
"""


def write_declaration(folder: Path, text: str, code: str = "LAMP", version: str = "1") -> Path:
    path = folder / code / f"{version}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "declared"


@pytest.fixture
def errors_of(folder: Path) -> Callable[..., list[str]]:
    """The errors of the small declaration after replacing a piece of it; the piece must be there."""

    def check(old: str = "", new: str = "", *, effects: set[str] | None = None) -> list[str]:
        assert old in SMALL, f"not in the small declaration: {old}"
        write_declaration(folder, SMALL.replace(old, new, 1) if old else SMALL)
        return [str(error) for error in catalogue.check_folder(folder, effects)]

    return check


@pytest.fixture
def home_supply() -> Service:
    return catalogue.get("NEW-LV-RES", TODAY)
