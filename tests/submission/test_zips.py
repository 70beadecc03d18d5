"""Zips of submissions, whole classes and single students', friendly and hostile."""

import io
import struct
import zipfile

import pytest

from autograder.errors import SubmissionError
from autograder.submission import find_submissions, read_submission


@pytest.fixture
def pack(tmp_path):
    """Write a zip of {name or ZipInfo: bytes}."""

    def pack(files, name="class.zip", compression=zipfile.ZIP_DEFLATED):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", compression) as archive:
            for entry, content in files.items():
                archive.writestr(entry, content)
        return path

    return pack


@pytest.fixture
def find(course, tmp_path):
    return lambda path: find_submissions(path, course, workdir=tmp_path / "work")


def good(found):
    return [(one.assignment, one.student) for one in found if not one.problem]


def bad(found):
    return [one for one in found if one.problem]


@pytest.mark.parametrize("leading", ["", "class/", "Downloads/class 3/", "im2col/"])
def test_flat_files_with_any_leading_folder(pack, find, leading):
    path = pack({f"{leading}kim_im2col.ipynb": b"a", f"{leading}lee_im2col.py": b"b", f"{leading}readme.txt": b""})
    found = find(path)
    assert good(found) == [("im2col", "kim"), ("im2col", "lee")]
    assert not bad(found)
    assert [one.path.read_bytes() for one in found] == [b"a", b"b"]


@pytest.mark.parametrize("leading", ["", "submitted/", "a/b/c/"])
def test_nbgraders_layout_with_any_leading_folder(pack, find, leading):
    path = pack(
        {f"{leading}kim/im2col/im2col.ipynb": b"a", f"{leading}lee/mlp/x.py": b"b", f"{leading}kim/mlp/r.pdf": b""}
    )
    found = find(path)
    assert good(found) == [("im2col", "kim"), ("mlp", "lee")]
    (one,) = bad(found)
    assert (one.student, one.assignment) == ("kim", "mlp")


@pytest.mark.parametrize(
    "name", ["kim/im2col/im2col.ipynb", "submitted/kim/im2col/a.ipynb", "kim_im2col.ipynb", "x/kim_im2col.ipynb"]
)
def test_a_zip_of_one_submission(pack, find, name):
    assert good(find(pack({name: b""}))) == [("im2col", "kim")]


@pytest.mark.parametrize("name", ["im2col.ipynb", "im2col/im2col.ipynb", "hw/im2col/answer.py", "hw/im2col.ipynb"])
def test_a_students_zip_in_a_folder(pack, find, tmp_path, name):
    pack({name: b"a", "report.pdf": b""}, "all/kim.zip")
    pack({"answer.ipynb": b"b"}, "all/lee_im2col.zip")
    assert good(find(tmp_path / "all")) == [("im2col", "kim"), ("im2col", "lee")]


@pytest.mark.parametrize(("zip_name", "inside"), [("kim.zip", "im2col.ipynb"), ("kim_im2col.zip", "x/answer.ipynb")])
def test_a_students_zip_as_target(pack, find, zip_name, inside):
    assert good(find(pack({inside: b""}, zip_name))) == [("im2col", "kim")]


def test_a_class_zip_named_after_the_assignment(pack, find):
    found = find(pack({"kim_im2col.ipynb": b"", "lee_im2col.ipynb": b""}, "class_im2col.zip"))
    assert good(found) == [("im2col", "kim"), ("im2col", "lee")]


def test_a_students_zip_cannot_hand_in_for_another(pack, find, tmp_path):
    pack({"lee_im2col.ipynb": b"", "lee/mlp/mlp.ipynb": b""}, "all/kim.zip")
    pack({"im2col.ipynb": b""}, "all/lee.zip")
    assert good(find(tmp_path / "all")) == [("im2col", "kim"), ("im2col", "lee"), ("mlp", "kim")]


def test_a_damaged_zip_in_a_folder_costs_only_its_student(pack, find, tmp_path):
    pack({"im2col.ipynb": b""}, "all/kim.zip")
    (tmp_path / "all/lee_im2col.zip").write_bytes(b"PK\x03\x04 no zip")
    (tmp_path / "all/park.zip").write_bytes(b"")
    pack({}, "all/choi.zip")
    found = find(tmp_path / "all")
    assert good(found) == [("im2col", "kim")]
    assert [(one.student, one.assignment) for one in bad(found)] == [("choi", ""), ("park", ""), ("lee", "im2col")]
    choi, park, lee = (one.problem for one in bad(found))
    assert lee.startswith("`lee_im2col.zip` cannot be unpacked (File is not a zip file). Fix: make the zip again")
    assert park.startswith("`park.zip` is empty (0 bytes). Fix: ")
    assert "without files. Fix: " in choi


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x05\x06" + b"\xff" * 18, b"x" * 1000])
def test_a_damaged_zip_as_target(find, tmp_path, content):
    path = tmp_path / "class.zip"
    path.write_bytes(content)
    with pytest.raises(SubmissionError) as caught:
        find(path)
    assert str(caught.value).startswith("`class.zip` ")
    assert "Fix: " in str(caught.value)


@pytest.mark.parametrize(
    "name",
    [
        "../x/im2col/im2col.ipynb",
        "/etc/x/im2col.ipynb",
        "class/../../x_im2col.ipynb",
        "..\\x\\im2col\\im2col.ipynb",
        "C:/x/im2col/a.py",
    ],
)
def test_paths_out_of_the_zip_cost_only_themselves(pack, find, tmp_path, name):
    found = find(pack({"class/kim_im2col.ipynb": b"", name: b"evil", "class/lee_im2col.ipynb": b""}))
    assert good(found) == [("im2col", "kim"), ("im2col", "lee")]
    (one,) = bad(found)
    assert "leads out of the zip. Fix: make the zip again" in one.problem
    assert "in `class.zip`" in one.problem
    assert all(path.read_bytes() != b"evil" for path in (tmp_path / "work").rglob("*") if path.is_file())
    assert not list(tmp_path.glob("x*"))


def test_links_in_zips_are_not_made(pack, find, tmp_path):
    link = zipfile.ZipInfo("kim_im2col.ipynb")
    link.create_system, link.external_attr = 3, 0o120777 << 16
    found = find(pack({link: b"/etc/passwd", "lee_im2col.ipynb": b""}))
    assert good(found) == [("im2col", "lee")]
    (one,) = bad(found)
    assert one.problem == "`kim_im2col.ipynb` in `class.zip` is a symbolic link. Fix: put the file itself into the zip."
    assert (one.student, one.assignment) == ("kim", "im2col")


def test_an_encrypted_entry(pack, find):
    path = pack({"kim_im2col.ipynb": b"x", "lee_im2col.ipynb": b"y"})
    content = bytearray(path.read_bytes())
    content[content.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(content)
    found = find(path)
    assert good(found) == [("im2col", "lee")]
    assert "is encrypted. Fix: make the zip without a password" in bad(found)[0].problem


def test_an_entry_with_damaged_content(pack, find):
    path = pack({"kim_im2col.ipynb": b"secret" * 9, "lee_im2col.ipynb": b"y"}, compression=zipfile.ZIP_STORED)
    path.write_bytes(path.read_bytes().replace(b"secretsecret", b"secretSECRET", 1))
    found = find(path)
    assert good(found) == [("im2col", "lee")]
    assert "is damaged (Bad CRC-32" in bad(found)[0].problem
    assert "Fix: " in bad(found)[0].problem


def test_an_entry_of_more_than_a_hundred_megabytes(pack, find):
    found = find(pack({"kim_im2col.ipynb": b"\0" * (100 * 2**20 + 1), "lee_im2col.ipynb": b""}))
    assert good(found) == [("im2col", "lee")]
    assert "is larger than 100 MB. Fix: clear the outputs" in bad(found)[0].problem


def test_an_entry_that_lies_about_its_size(pack, find, monkeypatch):
    path = pack({"kim_im2col.ipynb": b"\0" * 5000, "lee_im2col.ipynb": b""})
    content = bytearray(path.read_bytes())
    at = content.index(b"PK\x01\x02")
    content[at + 24 : at + 28] = struct.pack("<I", 10)
    path.write_bytes(content)
    found = find(path)
    assert good(found) == [("im2col", "lee")]
    assert "is damaged" in bad(found)[0].problem


def test_a_bomb_is_refused_before_it_fills_the_disk(pack, find, monkeypatch, tmp_path):
    monkeypatch.setattr("autograder.submission.zips.MAX_TOTAL", 10_000)
    path = pack({f"s{n}_im2col.ipynb": b"\0" * 4_000 for n in range(9)})
    with pytest.raises(SubmissionError) as caught:
        find(path)
    assert "`class.zip` would unpack to more than" in str(caught.value)
    assert "Fix: unzip it yourself" in str(caught.value)
    assert sum(each.stat().st_size for each in (tmp_path / "work").rglob("*.ipynb")) <= 10_000


def test_data_in_a_zip_is_not_unpacked(pack, find, tmp_path):
    find(pack({"kim_im2col.ipynb": b"", "data.bin": b"\0" * 10**6, "im2col/inner.zip": b"PK"}))
    assert [path.name for path in (tmp_path / "work").rglob("*") if path.is_file()] == ["kim_im2col.ipynb"]


def test_too_many_entries_are_refused_before_they_are_listed(pack, find, monkeypatch):
    path = pack({f"{n}": b"" for n in range(20_001)})
    with monkeypatch.context() as patch:
        patch.setattr(zipfile, "ZipFile", None)
        with pytest.raises(SubmissionError, match=r"more than 20,000 files\. Fix: zip the notebooks only"):
            find(path)


@pytest.mark.parametrize("encoding", ["utf-8", "cp949"])
def test_hangul_names_without_the_flag(pack, find, encoding):
    name = "김철수".encode(encoding)
    path = pack({"A" * len(name) + "_im2col.ipynb": b"{}"})
    path.write_bytes(path.read_bytes().replace(b"A" * len(name), name))
    assert good(find(path)) == [("im2col", "김철수")]


def test_hangul_names_with_the_flag(pack, find):
    found = find(pack({"김 철수/im2col/im2col.ipynb": b"", "박_im2col.ipynb": b""}))
    assert good(found) == [("im2col", "김 철수"), ("im2col", "박")]


def test_two_entries_of_one_name(tmp_path, find):
    path = tmp_path / "class.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("kim_im2col.ipynb", b"a")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("kim_im2col.ipynb", b"b")
    (one,) = find(path)
    assert "two files for one student" in one.problem


def test_leftovers_in_zips_are_ignored(pack, find):
    found = find(
        pack(
            {
                "kim/im2col/im2col.ipynb": b"",
                "__MACOSX/kim/im2col/._im2col.ipynb": b"",
                "kim/.ipynb_checkpoints/a.ipynb": b"",
                "kim/": b"",
            }
        )
    )
    assert good(found) == [("im2col", "kim")]
    assert not bad(found)


def test_control_characters_in_names_are_shown_safely(pack, find):
    found = find(pack({"k\x1bim/im2col/im2col.ipynb": b"", "lee/im2col/im2col.ipynb": b""}))
    assert good(found) == [("im2col", "lee")]
    assert bad(found)[0].problem.isprintable()
    assert "\\x1b" in bad(found)[0].problem


def test_a_submission_from_a_zip_is_read(pack, find, answered, assignment, cells):
    import json

    (one,) = find(pack({"submitted/kim/im2col/im2col.ipynb": json.dumps(answered).encode()}))
    submission = read_submission(one, assignment, cells)
    assert (submission.student, len(submission.cells)) == ("kim", 5)


def test_odd_file_names_become_harmless_ones(pack, find, tmp_path):
    found = find(pack({'kim/im2col/a:b|"c".ipynb': b"", "lee/im2col/" + "x" * 240 + ".py": b""}))
    assert good(found) == [("im2col", "kim"), ("im2col", "lee")]
    assert [one.path.name for one in found] == ["submission.ipynb", "submission.py"]


def test_a_full_disk_is_not_the_zips_fault(pack, find, monkeypatch, tmp_path):
    path = pack({"kim_im2col.ipynb": b""})

    def full(self, content):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(path), "write_bytes", full)
    with pytest.raises(SubmissionError) as caught:
        find(path)
    assert "cannot unpack zips there (No space left on device). Fix: make room" in str(caught.value)


def test_a_working_folder_that_cannot_be_made(pack, course, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(SubmissionError, match=r"cannot unpack zips there .* Fix: "):
        find_submissions(pack({"kim_im2col.ipynb": b""}), course, workdir=tmp_path / "file" / "work")


def test_without_a_working_folder_a_temporary_one_is_made(pack, course, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    (one,) = find_submissions(pack({"kim_im2col.ipynb": b""}), course)
    assert one.path.is_relative_to(tmp_path / "temp")


def test_a_zip_without_submissions(pack, find):
    with pytest.raises(SubmissionError, match="holds no submission"):
        find(pack({"readme.txt": b""}))


def test_unknown_compression(pack, find):
    path = pack({"kim_im2col.ipynb": b"x" * 100, "lee_im2col.ipynb": b""})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        at = content.index(mark) + offset
        content[at : at + 2] = struct.pack("<H", 97)
    path.write_bytes(io.BytesIO(content).getvalue())
    found = find(path)
    assert good(found) == [("im2col", "lee")]
    assert "is damaged (That compression method is not supported)" in bad(found)[0].problem
