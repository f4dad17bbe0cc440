"""`motcua understand`, as a person types it."""

import io
import json

import pytest

from motcua.ops import main


def understand(capsys, monkeypatch, lines, *options):
    monkeypatch.setattr("sys.stdin", io.StringIO("\n".join(lines) + "\n"))
    code = main.main(["understand", "--today", "2026-11-23", *options])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_lines_in_json_out(model, capsys, monkeypatch):
    code, out, _ = understand(
        capsys, monkeypatch, ["nhà em mất điện từ hôm qua, sđt 0901234567", "", "cháy công tơ rồi"]
    )

    first, nothing, second = map(json.loads, out.splitlines())
    assert code == 0
    assert (nothing["text"], nothing["intent"], nothing["band"], nothing["slots"]) == ("", "", "NONE", [])
    assert (first["intent"], first["band"], first["danger"]) == ("FAULT", "ACT", False)
    assert [(s["kind"], s["value"], s["text"]) for s in first["slots"]] == [
        ("date", "2026-11-22", "hôm qua"),
        ("phone", "+84901234567", "0901234567"),
    ]
    assert len(first["ranking"]) == 3
    assert second["danger"] is True


def test_trains_and_scores_on_other_messages(tmp_path, capsys, monkeypatch):
    wishes = {
        "fly": ["vé bay đi {}", "bay tới {}", "chuyến bay đi {} lúc nào", "đặt vé đi {}"],
        "stay": ["phòng ở {}", "đặt khách sạn tại {}", "còn phòng ở {} không", "giá phòng {}"],
    }
    places = ("huế", "đà lạt", "hà nội", "vinh", "cần thơ")
    told = [
        f"{wish}\t{text.format(place)}"
        for wish, texts in wishes.items()
        for text in texts
        for place in places
    ]
    data = tmp_path / "set.tsv"
    data.write_text("\n".join(told))
    model_dir = str(tmp_path / "m")
    code, out, _ = understand(
        capsys,
        monkeypatch,
        [],
        "--train",
        str(data),
        "--model",
        model_dir,
        "--score",
        str(data),
        "--copies",
        "1",
    )

    assert code == 0 and "40 messages" in out and "as typed" in out
    code, out, _ = understand(capsys, monkeypatch, ["dat ve bay di hue"], "--model", model_dir)
    assert json.loads(out)["intent"] == "fly"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--train", "nowhere"], "--model"),
        (["--train", "nowhere", "--model", "x"], "nowhere"),
        (["--model", "nowhere"], "no model"),
        (["--today", "someday"], "2026-11-23"),
    ],
)
def test_says_what_is_wrong_in_a_sentence(options, words, capsys, monkeypatch):
    code, out, err = understand(capsys, monkeypatch, [], *options)

    assert code == 2 and not out and words in err


def test_report(model, capsys, monkeypatch):
    code, out, _ = understand(capsys, monkeypatch, [], "--report")

    assert code == 0 and "raw Telex" in out and "out of scope, near" in out
