"""Layouts in which submissions come, and every way one can be wrong without costing the others."""

import os
import unicodedata

import pytest

from autograder.errors import SubmissionError
from autograder.submission import Found, find_submissions


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "submitted"
    folder.mkdir()
    return folder


@pytest.fixture
def put(root):
    """Write files below the folder of submissions."""

    def put(*names, content=b"{}"):
        for name in names:
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    return put


def pairs(found):
    return [(one.assignment, one.student) for one in found if not one.problem]


def problems(found):
    return [one for one in found if one.problem]


def the_problem(found, *words):
    (one,) = problems(found)
    assert "Fix: " in one.problem
    for word in words:
        assert word in one.problem
    assert one.problem.isprintable()
    return one


def test_nbgraders_layout(root, put, course):
    put("lee/im2col/im2col.ipynb", "kim/mnist_mlp/mnist_mlp.ipynb", "kim/im2col/im2col.ipynb", "kim/mlp/answer.py")
    found = find_submissions(root, course)
    assert pairs(found) == [("im2col", "kim"), ("im2col", "lee"), ("mlp", "kim"), ("mnist_mlp", "kim")]
    assert found[0] == Found("kim", "im2col", root / "kim/im2col/im2col.ipynb")


def test_a_flat_folder_takes_the_longest_assignment(root, put, course):
    put("kim_im2col.ipynb", "kim_lee_mnist_mlp.ipynb", "lee_mlp.py", "park_12_IM2COL.IPYNB")
    assert pairs(find_submissions(root, course)) == [
        ("im2col", "kim"), ("im2col", "park_12"), ("mlp", "lee"), ("mnist_mlp", "kim_lee"),
    ]  # fmt: skip


def test_a_folder_per_student(root, put, course):
    put("Kim Minsu_1_file_/im2col.ipynb", "김철수/kim_im2col.ipynb", "lee/im2col (1).ipynb")
    assert pairs(find_submissions(root, course)) == [
        ("im2col", "Kim Minsu_1_file_"),
        ("im2col", "lee"),
        ("im2col", "김철수"),
    ]


def test_a_file_in_ones_folder_cannot_be_put_on_another(root, put, course):
    put("kim/lee_im2col.ipynb", "lee/lee_im2col.ipynb")
    found = find_submissions(root, course)
    assert [(one.student, one.path.parent.name) for one in found] == [("kim", "kim"), ("lee", "lee")]


@pytest.mark.parametrize("target", ["", "kim", "kim/im2col", "kim/im2col/im2col.ipynb"])
def test_any_part_of_nbgraders_layout_is_a_target(root, put, course, target):
    put("kim/im2col/im2col.ipynb")
    assert pairs(find_submissions(root / target, course)) == [("im2col", "kim")]


def test_a_folder_of_one_assignment_holds_flat_files(root, put, course):
    put("im2col/kim_im2col.ipynb", "im2col/lee_im2col.ipynb", "im2col/readme.txt")
    expected = [("im2col", "kim"), ("im2col", "lee")]
    assert pairs(find_submissions(root, course)) == expected
    assert pairs(find_submissions(root / "im2col", course)) == expected
    assert not problems(find_submissions(root, course))


def test_a_folder_named_after_an_assignment_names_no_student(root, put, course):
    put("im2col/kim/im2col.ipynb", "mlp/kim/answer.ipynb")
    assert pairs(find_submissions(root / "im2col", course)) == [("im2col", "kim")]
    assert the_problem(find_submissions(root / "mlp", course), "`kim/answer.ipynb`").student == "kim"


def test_a_folder_around_the_flat_files_is_seen_through(root, put, course):
    put("Downloads/class 3/kim_im2col.ipynb", "Downloads/class 3/lee_im2col.ipynb")
    assert pairs(find_submissions(root, course)) == [("im2col", "kim"), ("im2col", "lee")]


@pytest.mark.parametrize(
    ("name", "student"), [("kim_im2col.ipynb", "kim"), ("kim_im2col.py", "kim"), ("im2col.ipynb", "submitted")]
)
def test_a_single_file(root, put, course, name, student):
    put(name)
    assert find_submissions(root / name, course) == [Found(student, "im2col", root / name)]


def test_a_single_file_of_any_name_with_one_assignment_asked_for(root, put, course):
    put("homework.ipynb")
    assert find_submissions(root / "homework.ipynb", course, ["mlp"]) == [
        Found("homework", "mlp", root / "homework.ipynb")
    ]
    assert "ends in no assignment" in the_problem(find_submissions(root / "homework.ipynb", course)).problem


def test_relative_targets(root, put, course, monkeypatch):
    put("kim/im2col/im2col.ipynb")
    monkeypatch.chdir(root / "kim")
    assert pairs(find_submissions(type(root)("."), course)) == [("im2col", "kim")]


def test_only_some_assignments(root, put, course):
    put("kim_im2col.ipynb", "kim_mlp.ipynb", "kim_im2cool.ipynb", "lee_mlp.ipynb", "lee_mlp.py")
    found = find_submissions(root, course, ["im2col"])
    assert pairs(found) == [("im2col", "kim")]
    the_problem(found, "`kim_im2cool.ipynb`", "'im2col'")
    with pytest.raises(SubmissionError, match=r"There is no assignment `im2cool`. Fix: use 'im2col'"):
        find_submissions(root, course, ["im2cool"])


@pytest.mark.parametrize("name", ["nothing here", "empty"])
def test_nothing_to_grade_names_the_layouts(root, course, name):
    (root / "empty" / "kim" / "im2col").mkdir(parents=True)
    with pytest.raises(SubmissionError) as caught:
        find_submissions(root / name, course)
    text = str(caught.value)
    assert str(root / name) in text
    assert "Fix: " in text
    assert "<student>/<assignment>/<assignment>.ipynb" in text
    assert "<student>_<assignment>.ipynb" in text
    assert "zip" in text


def test_another_format_names_the_layouts(root, put, course):
    put("kim_im2col.docx")
    with pytest.raises(SubmissionError, match=r"neither a folder, a notebook, a \.py file nor a zip\. Fix: Accepted"):
        find_submissions(root / "kim_im2col.docx", course)
    with pytest.raises(SubmissionError, match="holds no submission"):
        find_submissions(root, course)


# --- one problem each, the others unaffected -------------------------------------------------------------------------


def test_an_unknown_assignment_folder(root, put, course):
    put("kim/im2cool/a.ipynb", "kim/im2cool/b.py", "kim/mlp/mlp.ipynb", "lee/im2col/im2col.ipynb")
    found = find_submissions(root, course)
    assert pairs(found) == [("im2col", "lee"), ("mlp", "kim")]
    one = the_problem(found, "`kim/im2cool/a.ipynb`", "no assignment `im2cool`", "'im2col'", "im2col, mlp, mnist_mlp")
    assert (one.student, one.assignment) == ("kim", "")


def test_a_lonely_unknown_assignment_folder_keeps_its_student(root, put, course):
    put("kim/im2cool/im2cool.ipynb")
    assert the_problem(find_submissions(root, course), "`im2cool`").student == "kim"


def test_an_unknown_suffix(root, put, course):
    put("kim_homework.ipynb", "im2col-kim.ipynb", "lee_im2col.ipynb")
    found = find_submissions(root, course)
    assert pairs(found) == [("im2col", "lee")]
    assert [(one.student, one.assignment) for one in problems(found)] == [("", ""), ("kim", "")]
    for one in problems(found):
        assert "ends in no assignment" in one.problem
        assert "Fix: name it `<student>_<assignment>`" in one.problem


def test_two_files_in_an_assignment_folder(root, put, course):
    put(
        "kim/im2col/a.ipynb", "kim/im2col/b.py", "lee/im2col/im2col.ipynb", "lee/im2col/old.ipynb", "lee/im2col/util.py"
    )
    found = find_submissions(root, course)
    assert pairs(found) == [("im2col", "lee")]
    assert found[1].path.name == "im2col.ipynb"
    one = the_problem(found, "two files for one student: `kim/im2col/a.ipynb` and `kim/im2col/b.py`", "keep one")
    assert (one.student, one.assignment) == ("kim", "im2col")


def test_the_kits_own_checks_are_no_second_file(root, put, course):
    put("kim/im2col/answer.ipynb", "kim/im2col/test_public.py", "kim/im2col/conftest.py", "kim/im2col/timestamp.txt")
    assert pairs(find_submissions(root, course)) == [("im2col", "kim")]


def test_deeper_files_count_only_when_there_is_nothing_else(root, put, course):
    put("kim/im2col/im2col/im2col.ipynb", "lee/im2col/lee.ipynb", "lee/im2col/old/im2col.ipynb")
    found = find_submissions(root, course)
    assert pairs(found) == [("im2col", "kim"), ("im2col", "lee")]
    assert found[1].path.name == "lee.ipynb"


@pytest.mark.parametrize(
    "names",
    [
        ("kim_im2col.ipynb", "kim_im2col.py"),
        ("kim_im2col.ipynb", "kim_im2col(1).ipynb"),
        ("kim_im2col.ipynb", "kim_im2col (2).ipynb"),
        ("kim_im2col-1.ipynb", "kim_im2col-2.ipynb"),
        ("kim_im2col.ipynb", "kim_im2col - Copy.ipynb"),
        ("kim_im2col.ipynb", "kim_im2col - 복사본 (2).ipynb"),
        ("kim_im2col.ipynb", "kim/im2col/im2col.ipynb"),
        ("kim/im2col.ipynb", "kim/im2col/im2col.ipynb"),
        ("kim_im2col.ipynb", " kim_im2col.ipynb"),
    ],
)
def test_two_files_for_one_student(root, put, course, names):
    put(*names, "lee_im2col.ipynb")
    found = find_submissions(root, course)
    assert pairs(found) == [("im2col", "lee")]
    one = the_problem(found, "two files for one student", *(f"`{name}`" for name in names), "keep one")
    assert (one.student, one.assignment) == ("kim", "im2col")


def test_three_files_for_one_student(root, put, course):
    put("kim_im2col.ipynb", "kim_im2col(1).ipynb", "kim_im2col(2).ipynb")
    the_problem(find_submissions(root, course), "3 files for one student", "and 1 more")


def test_a_second_download_alone_is_fine(root, put, course):
    put("kim_im2col (1).ipynb", "lee_mnist_mlp-2.py")
    assert pairs(find_submissions(root, course)) == [("im2col", "kim"), ("mnist_mlp", "lee")]


def test_names_that_differ_in_unicode_form_only_are_one_student(root, put, course):
    for form in ("NFC", "NFD"):
        put(unicodedata.normalize(form, "김철수") + "/im2col/im2col.ipynb")
    found = find_submissions(root, course)
    one = the_problem(found, "two files for one student")
    assert one.student == unicodedata.normalize("NFC", "김철수")


def test_spaces_and_hangul_are_names(root, put, course):
    put(
        "김 철수/im2col/im2col.ipynb",
        unicodedata.normalize("NFD", "박영희") + "_im2col.ipynb",
        "O'Neil, J._im2col.ipynb",
    )
    assert [student for _, student in pairs(find_submissions(root, course))] == ["O'Neil, J.", "김 철수", "박영희"]


@pytest.mark.parametrize(
    ("name", "escaped"),
    [("ki\nm", r"ki\nm"), ("ki\x1b[31m", r"ki\x1b[31m"), ("ki\u202em", r"ki\u202em"), ("\x7f", r"\x7f")],
)
def test_names_with_control_characters(root, put, course, name, escaped):
    put(f"{name}/im2col/im2col.ipynb", f"{name}_mlp.ipynb", "lee_im2col.ipynb")
    found = find_submissions(root, course)
    assert pairs(found) == [("im2col", "lee")]
    assert len(problems(found)) == 2
    for one in problems(found):
        assert one.student == ""
        assert one.problem.isprintable()
        assert escaped in one.problem
        assert "control characters" in one.problem
        assert "Fix: " in one.problem


def test_names_that_are_no_text(root, put, course):
    os.makedirs(os.fsencode(root) + b"/k\xffm/im2col")
    with open(os.fsencode(root) + b"/k\xffm/im2col/im2col.ipynb", "wb"):
        pass
    one = the_problem(find_submissions(root, course), "udcff", "control characters")
    assert one.student == ""


def test_names_longer_than_a_folder_can_be(root, put, course):
    put("é" * 101 + "/im2col/im2col.ipynb", "é" * 100 + "/im2col/im2col.ipynb")
    found = find_submissions(root, course)
    assert pairs(found) == [("im2col", "é" * 100)]
    the_problem(found, "longer than 200 bytes", "…")


def test_hidden_files_and_leftovers_are_ignored(root, put, course):
    put(
        "kim/im2col/im2col.ipynb", "kim/im2col/.ipynb_checkpoints/im2col-checkpoint.ipynb", "kim/.im2col/a.ipynb",
        "__MACOSX/kim/im2col/._im2col.ipynb", "._lee_im2col.ipynb", ".hidden_im2col.ipynb",
        "kim/im2col/__pycache__/a.py",
        "kim/im2col/~$im2col.ipynb", "Thumbs.db", "timestamp.txt",
    )  # fmt: skip
    assert find_submissions(root, course) == [Found("kim", "im2col", root / "kim/im2col/im2col.ipynb")]


def test_a_folder_without_a_notebook(root, put, course):
    put("kim/im2col/report.pdf", "kim/im2col/timestamp.txt", "kim/mlp/mlp.ipynb", "kim/mlp/data.csv", "lee/answer.docx")
    (root / "park" / "im2col").mkdir(parents=True)
    found = find_submissions(root, course)
    assert pairs(found) == [("mlp", "kim")]
    lee, kim = problems(found)
    assert (kim.student, kim.assignment) == ("kim", "im2col")
    assert kim.problem == (
        "`kim/im2col`: no notebook, only `report.pdf`, `timestamp.txt`. Fix: put `im2col.ipynb` there."
    )
    assert (lee.student, lee.assignment) == ("lee", "")
    assert "no notebook, only `answer.docx`" in lee.problem


def test_extra_files_beside_a_notebook_are_no_problem(root, put, course):
    put("kim/im2col/im2col.ipynb", "kim/notes.txt", "kim/figures/a.png", "kim/im2col/data/x.csv", "readme.md")
    assert find_submissions(root, course) == [Found("kim", "im2col", root / "kim/im2col/im2col.ipynb")]


def test_an_empty_assignment_folder_beside_a_flat_file(root, put, course):
    put("kim/im2col/report.pdf", "kim_im2col.ipynb")
    assert pairs(find_submissions(root, course)) == [("im2col", "kim")]
    assert not problems(find_submissions(root, course))


def test_links_to_files_are_not_followed(root, put, course, tmp_path):
    (tmp_path / "secret.ipynb").write_text("{}")
    put("lee/im2col/im2col.ipynb")
    (root / "kim" / "im2col").mkdir(parents=True)
    (root / "kim/im2col/im2col.ipynb").symlink_to(tmp_path / "secret.ipynb")
    (root / "kim/im2col/notes.txt").symlink_to(tmp_path / "secret.ipynb")
    found = find_submissions(root, course)
    assert pairs(found) == [("im2col", "lee")]
    one = the_problem(found, "`kim/im2col/im2col.ipynb` is a symbolic link", "not followed")
    assert (one.student, one.assignment) == ("kim", "im2col")


def test_links_to_folders_are_not_followed(root, put, course, tmp_path):
    put("lee/im2col/im2col.ipynb")
    (root / "kim").symlink_to(root / "lee")
    (root / "park").mkdir()
    (root / "park" / "im2col").symlink_to(root / "lee" / "im2col")
    (root / "lee" / "loop").symlink_to(root)
    found = find_submissions(root, course)
    assert pairs(found) == [("im2col", "lee")]
    assert [(one.student, one.assignment) for one in problems(found)] == [("kim", ""), ("park", "im2col")]
    assert all("is a symbolic link" in one.problem for one in problems(found))


def test_a_real_file_beside_a_link_counts(root, put, course, tmp_path):
    put("kim/im2col/answer.ipynb")
    (root / "kim/im2col/im2col.ipynb").symlink_to(tmp_path)
    assert [one.path.name for one in find_submissions(root, course)] == ["answer.ipynb"]


def test_pipes_are_not_opened(root, put, course):
    put("lee_im2col.ipynb")
    os.mkfifo(root / "kim_im2col.ipynb")
    the_problem(find_submissions(root, course), "`kim_im2col.ipynb` is not a regular file")


def test_a_folder_that_cannot_be_opened(root, put, course, monkeypatch):
    put("kim/im2col/im2col.ipynb", "lee/im2col/im2col.ipynb")
    real = os.scandir

    def scandir(path):
        if os.fspath(path).endswith("kim"):
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = find_submissions(root, course)
    assert pairs(found) == [("im2col", "lee")]
    assert the_problem(found, "`kim` cannot be opened (Permission denied)", "chmod").student == "kim"
    with pytest.raises(SubmissionError, match="cannot be opened"):
        find_submissions(root / "kim", course)


def test_a_file_that_cannot_be_read(root, put, course, monkeypatch):
    put("kim_im2col.ipynb", "lee_im2col.ipynb")
    monkeypatch.setattr(os, "access", lambda path, mode: "kim" not in os.path.basename(path))
    found = find_submissions(root, course)
    assert pairs(found) == [("im2col", "lee")]
    one = the_problem(found, "`kim_im2col.ipynb` cannot be read (permission denied)", "chmod")
    assert (one.student, one.assignment) == ("kim", "im2col")


def test_too_many_files(root, put, course, monkeypatch):
    monkeypatch.setattr("autograder.submission.folders.MAX_ENTRIES", 3)
    put(*(f"kim{n}_im2col.ipynb" for n in range(4)))
    with pytest.raises(SubmissionError, match=r"more than 3 files\. Fix: name the folder"):
        find_submissions(root, course)


def test_the_order_is_the_same_whatever_the_disk_says(root, put, course, monkeypatch):
    put("b_im2col.ipynb", "a_mlp.ipynb", "a_im2col.ipynb", "x/foo/a.py", "y/foo/a.py", "c/im2col/r.pdf")
    first = find_submissions(root, course)
    assert [(one.assignment, one.student) for one in first] == [
        ("", "x"), ("", "y"), ("im2col", "a"), ("im2col", "b"), ("im2col", "c"), ("mlp", "a"),
    ]  # fmt: skip
    assert find_submissions(root, course) == first
