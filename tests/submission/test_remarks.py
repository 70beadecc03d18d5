"""What is said of a notebook that is not quite the one that was handed out: said, graded all the same, points kept."""

import copy

from autograder.submission import read_submission


def of(notebook, name):
    return next(cell for cell in notebook["cells"] if cell.get("id") == name)


def test_a_missing_check_cell(read, answered):
    graded = [cell.id for cell in read(answered).cells]
    answered["cells"].remove(of(answered, "check-im2col"))
    assert read(answered).notes == ("The check cell of `im2col` is missing; graded all the same.",)
    answered["cells"].remove(of(answered, "check-forward"))
    submission = read(answered)
    assert submission.notes == ("The check cells of `im2col`, `forward` are missing; graded all the same.",)
    assert [cell.id for cell in submission.cells] == graded


def test_a_copied_check_cell(read, answered):
    answered["cells"] += [copy.deepcopy(of(answered, "check-im2col")) for _ in range(2)]
    assert read(answered).notes == (
        "The check cell of `im2col` is there 3 times (cell 6, cell 12, cell 13); it counts once.",
    )


def test_a_changed_check_cell(read, answered):
    of(answered, "check-im2col")["source"] = "print(10)"
    note = "The check cell of `im2col` (cell 6) was changed; the kit's own checks are graded."
    assert read(answered).notes == (note,)


def test_another_release(read, answered):
    answered["metadata"]["autograder"]["questions"] = {"im2col": 2, "<b>old": 3}
    assert read(answered).notes == (
        "The notebook was made from another release of the assignment: `forward` was not in it, "
        "`<b>old` is no longer asked, `im2col` was worth 2. The current one was graded.",
    )


def test_nonsense_about_a_release_says_nothing(read, answered):
    for questions in ("im2col", [1], {"im2col": "many", "forward": True}, None):
        answered["metadata"]["autograder"]["questions"] = questions
        assert read(answered).notes == ()


def test_another_name_in_a_folder_of_the_assignment(tmp_path, read, answered, assignment, cells):
    read(answered)
    (written,) = tmp_path.rglob("*.ipynb")
    folder = tmp_path / "kim" / "im2col"
    folder.mkdir(parents=True)
    path = written.rename(folder / "final (1).ipynb")
    notes = read_submission(path, assignment, cells).notes
    assert notes == ("The file is called `final (1).ipynb`; it was graded as `im2col.ipynb`.",)
