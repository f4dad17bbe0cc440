"""Other people's messages: files that are read, and what is wrong with those that are not."""

import pytest

from motcua.assistant.understanding import datasets
from motcua.assistant.understanding.datasets import DatasetWrong, Message, Span


def test_json_lines_and_tabs(tmp_path):
    path = tmp_path / "set.txt"
    path.write_text(
        '# ours\n{"text": "sđt 0901", "intent": "give", "slots": [{"kind": "phone", "start": 4, "end": 8}]}\nask\tgiá bao nhiêu\n\n'
    )

    assert datasets.read(path) == [
        Message("sđt 0901", "give", (Span("phone", 4, 8),)),
        Message("giá bao nhiêu", "ask"),
    ]


def test_bio_folder(tmp_path):
    (tmp_path / "seq.in").write_text("bay từ Hà Nội đi Huế\nchào\n")
    (tmp_path / "seq.out").write_text("O O B-from I-from O B-to\nO\n")
    (tmp_path / "label").write_text("flight\nhello\n")

    first, second = datasets.read(tmp_path)
    assert [(s.kind, first.text[s.start : s.end]) for s in first.spans] == [("from", "Hà Nội"), ("to", "Huế")]
    assert second == Message("chào", "hello")


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("no tab here", "neither JSON nor"),
        ('{"text": "a"}', "intent is missing"),
        ('{"text": "ab", "intent": "x", "slots": [{"kind": "k", "start": 0, "end": 9}]}', "outside the text"),
        ("{broken", "set.txt:1"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path, line, problem):
    path = tmp_path / "set.txt"
    path.write_text(line)

    with pytest.raises(DatasetWrong, match=problem):
        datasets.read(path)


def test_a_file_that_is_not_utf_8_is_told_with_the_byte(tmp_path):
    path = tmp_path / "set.txt"
    path.write_bytes(b"ask\tgi\xff")

    with pytest.raises(DatasetWrong, match="set.txt: not UTF-8 at byte 6"):
        datasets.read(path)


def test_lines_end_where_editors_end_them(tmp_path):
    path = tmp_path / "set.txt"
    path.write_bytes("\ufeffask\tgiá\u2028bao nhiêu\r\nask\tmấy\x0cđồng\r\n".encode())

    assert datasets.read(path) == [Message("giá\u2028bao nhiêu", "ask"), Message("mấy\x0cđồng", "ask")]


def test_folder_whose_files_differ(tmp_path):
    for name, text in (("seq.in", "a b\n"), ("seq.out", "O\n"), ("label", "x\n")):
        (tmp_path / name).write_text(text)

    with pytest.raises(DatasetWrong, match="2 words, 1 tags"):
        datasets.read(tmp_path)
