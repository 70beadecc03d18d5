"""results.json and every other file: whole or not at all, and read back only when it can be believed."""

import errno
import json
import os
import re
from pathlib import Path

import pytest

from autograder.errors import KitError
from autograder.records import read_result, safe_folder, write_json, write_text
from autograder.records import schema as schemas

DOCS = Path(__file__).parents[2] / "docs" / "results.md"


def test_what_is_written_is_read_again(tmp_path, result):
    path = tmp_path / "new" / "folder" / "results.json"
    write_json(path, result("김 철수", im2col=0.1 + 0.2))
    assert read_result(path) == result("김 철수", im2col=0.1 + 0.2)
    assert "김 철수" in path.read_text(encoding="utf-8")
    assert os.listdir(path.parent) == ["results.json"]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk is full. Free some space"),
        (errno.EDQUOT, "the disk is full. Free some space"),
        (errno.EROFS, "read-only. Choose another folder"),
        (errno.EACCES, "no permission to write there. Make the folder yours"),
        (errno.EIO, "Input/output error. Choose another folder"),
    ],
)
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failed_write_names_folder_and_fix_and_leaves_the_old_file(tmp_path, monkeypatch, code, words, step):
    path = tmp_path / "results.json"
    write_json(path, {"old": True})

    def fail(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(KitError) as problem:
        write_json(path, {"new": "x" * 10_000})
    assert str(problem.value).startswith(f"{tmp_path}: cannot write results.json: ")
    assert words in str(problem.value)
    assert json.loads(path.read_text()) == {"old": True}
    assert os.listdir(tmp_path) == ["results.json"]


def test_ctrl_c_in_the_middle_leaves_no_temporary_file(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_json(tmp_path / "results.json", {})
    assert os.listdir(tmp_path) == []


def test_a_file_where_the_folder_should_be_is_an_error_with_words(tmp_path):
    (tmp_path / "ann").write_text("a file")
    with pytest.raises(KitError, match=r"ann: cannot write results\.json: .*--out"):
        write_json(tmp_path / "ann" / "results.json", {})


def test_a_symbolic_link_is_replaced_not_followed(tmp_path):
    (tmp_path / "precious").write_text("mine")
    (tmp_path / "results.json").symlink_to(tmp_path / "precious")
    write_json(tmp_path / "results.json", {})
    assert (tmp_path / "precious").read_text() == "mine"


def test_the_umask_decides_who_may_read(tmp_path):
    before = os.umask(0o022)
    try:
        write_text(tmp_path / "page.html", "x")
    finally:
        os.umask(before)
    assert (tmp_path / "page.html").stat().st_mode & 0o777 == 0o644


def test_half_surrogates_do_not_stop_a_write(tmp_path):
    write_json(tmp_path / "results.json", {"message": "a\ud800b"})
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8")) == {"message": "a?b"}


def test_nan_is_refused(tmp_path):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "results.json", {"points": float("nan")})


def test_no_result_is_none(tmp_path):
    assert read_result(tmp_path / "no" / "results.json") is None


@pytest.mark.parametrize(
    "change",
    [
        {"points": "many"}, {"points": None}, {"questions": []}, {"checks": [{"name": "x"}]}, {"schema": 0},
        {"schema": "1"}, {"status": "fine"}, {"student": None},
    ],
)  # fmt: skip
def test_a_damaged_result_counts_as_absent(tmp_path, result, change):
    write_json(tmp_path / "results.json", result("ann"))
    assert read_result(tmp_path / "results.json") is not None
    write_json(tmp_path / "results.json", {**result("ann"), **change})
    assert read_result(tmp_path / "results.json") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "[" * 100_000, '{"schema": 1}', '{"points": NaN}', "\x00\xff"])
def test_what_is_no_result_counts_as_absent(tmp_path, text):
    (tmp_path / "results.json").write_bytes(text.encode("latin-1"))
    assert read_result(tmp_path / "results.json") is None


def test_a_half_written_result_counts_as_absent(tmp_path, result):
    write_json(tmp_path / "results.json", result("ann"))
    whole = (tmp_path / "results.json").read_bytes()
    (tmp_path / "results.json").write_bytes(whole[: len(whole) // 2])
    assert read_result(tmp_path / "results.json") is None


def test_an_unknown_outcome_counts_as_damage(tmp_path, result):
    value = result("ann")
    value["checks"][0]["outcome"] = "skipped"
    write_json(tmp_path / "results.json", value)
    assert read_result(tmp_path / "results.json") is None


def test_added_fields_are_kept(tmp_path, result):
    write_json(tmp_path / "results.json", {**result("ann"), "later": 1})
    assert read_result(tmp_path / "results.json")["later"] == 1


def test_a_newer_schema_says_what_to_do(tmp_path, result):
    path = tmp_path / "results.json"
    write_json(path, {**result("ann"), "schema": 2})
    with pytest.raises(KitError, match=r"schema 2, .* newer autograder.*pip install -U autograder") as problem:
        read_result(path)
    assert str(path) in str(problem.value)


def test_a_result_that_may_not_be_read_is_an_error(tmp_path):
    (tmp_path / "results.json").mkdir()
    with pytest.raises(KitError, match=r"results\.json: cannot read this result: .*remove it"):
        read_result(tmp_path / "results.json")


@pytest.mark.parametrize("name", ["ann", "Ann Lee", "김철수", "a.b", ".hidden", "o'brien", "x" * 200, "-rf"])
def test_a_plain_student_id_is_its_own_folder(name):
    assert safe_folder(name) == name


HOSTILE = [
    "", " ", ".", "..", "../x", "/etc", "a/b", "a\\b", "a\nb", "a\x00b", "\u202egnp.exe", "x" * 201, "가" * 67,
    "\ud800", "../../x", "..\\x",
]  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_student_id_stays_inside_its_folder(tmp_path, name):
    folder = safe_folder(name)
    assert (tmp_path / folder).resolve().parent == tmp_path.resolve()
    assert len(folder.encode()) <= 200
    (tmp_path / folder).mkdir()


def test_no_two_students_share_a_folder():
    names = [*HOSTILE, "_", "a_b", ".._x"]
    assert len({safe_folder(name) for name in names}) == len(names)


def test_the_same_name_typed_in_two_unicode_forms_is_one_folder():
    assert safe_folder("한") == safe_folder("한")


def _documented(model):
    """The fields of the table under the model's heading in docs/results.md."""
    text = DOCS.read_text(encoding="utf-8")
    table = re.search(rf"<!-- {model.__name__} -->\n((?:\|.*\n)+)", text)
    assert table, f"docs/results.md has no table for {model.__name__}"
    return set(re.findall(r"^\| `(\w+)`", table[1], re.MULTILINE))


@pytest.mark.parametrize(
    "model",
    [
        schemas.ResultRecord, schemas.QuestionRecord, schemas.CheckRecord, schemas.CellRecord,
        schemas.EnvironmentRecord, schemas.SubmissionRecord,
    ],
    ids=lambda model: model.__name__,
)  # fmt: skip
def test_the_documentation_has_every_field_and_no_other(model):
    assert _documented(model) == {field.alias or name for name, field in model.model_fields.items()}


def test_the_documented_example_is_a_result(tmp_path):
    example = re.search(r"```json\n(.*?)```", DOCS.read_text(encoding="utf-8"), re.DOTALL)[1]
    (tmp_path / "results.json").write_text(example, encoding="utf-8")
    assert read_result(tmp_path / "results.json") is not None
