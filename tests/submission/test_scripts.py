"""Scripts as submissions: percent cells, nbconvert's export, and plain files cut into statements."""

import subprocess
import sys

import pytest

from autograder.errors import SubmissionError

ANSWERS = '''"""My answers."""
from __future__ import annotations
import os
from autograder import check
import numpy as np
epochs = 3

@staticmethod
def im2col(images):
    return images.T

check("im2col")
columns = im2col(np.ones((2, 3)))
print(columns)
a = 1; b = 2
class Convolution:
    def forward(self, x):
        return im2col(x)

if __name__ == "__main__":
    print(Convolution())
'''


def own(submission):
    return [cell for cell in submission.cells if cell.kind != "setup"]


def test_a_plain_script_is_cut_into_statements(read):
    submission = read(ANSWERS, "im2col.py")
    assert [cell.label for cell in own(submission)] == [
        "line 1", "line 2", "line 3", "line 6", "lines 8 to 10 (`im2col`)", "line 15", "lines 16 to 18 (`Convolution`)",
        "lines 20 to 21",
    ]  # fmt: skip
    assert [cell.id for cell in own(submission)][4:7] == ["answer-im2col", "line-15", "answer-forward"]
    assert submission.notes == ()


def test_given_code_checks_and_demos_of_a_plain_script_do_not_run_twice(read):
    text = "".join(cell.source for cell in own(read(ANSWERS, "im2col.py")))
    assert "check" not in text
    assert "print(columns)" not in text
    assert "import numpy" not in text


def test_statements_stand_on_their_own_lines_of_the_file(read):
    for cell in own(read(ANSWERS, "im2col.py"))[2:]:
        first = int(cell.label.split()[1])
        lines = cell.source.split("\n")
        assert lines[0] == "from __future__ import annotations"
        assert set(lines[1 : first - 1]) <= {""}
        assert lines[first - 1] == ANSWERS.split("\n")[first - 1]


def test_every_statement_compiles_alone(read):
    for cell in own(read(ANSWERS, "im2col.py")):
        compile(cell.source, cell.label, "exec")


def test_a_broken_function_costs_only_itself(read):
    text = (
        'import os\n\ndef im2col(images:\n    """Text\nat the margin: def x\n"""\n    return (images\n\n'
        'HELP = """\nlong text\ndef at the margin\n"""\nif os:\n    A = 1\nelse:\n    A = 2\n\n'
        "@property\ndef helper():\n    return 1\n\nclass Convolution:\n    pass\n"
    )
    submission = read(text, "im2col.py")
    labels = [cell.label for cell in own(submission)]
    assert labels[-4:] == [
        "lines 9 to 12",
        "lines 13 to 16",
        "lines 18 to 20 (`helper`)",
        "lines 22 to 23 (`Convolution`)",
    ]
    assert labels[0] == "line 1"
    assert "syntax error" in submission.notes[0]
    compiled = [cell for cell in own(submission) if _compiles(cell.source)]
    assert len(compiled) == 5


def test_a_string_without_end_costs_only_its_function(read):
    submission = read(
        'def im2col(x):\n    """Text\n    return x\n\n\nclass Convolution:\n    """Doc."""\n', "im2col.py"
    )
    assert [cell.label for cell in own(submission)] == ["lines 1 to 3", "lines 6 to 7 (`Convolution`)"]


def _compiles(source):
    try:
        compile(source, "cell", "exec")
    except SyntaxError:
        return False
    return True


def test_magics_in_a_plain_script_are_taken_out(read):
    submission = read("%matplotlib inline\ndef im2col(x):\n    return x\n!ls\n", "im2col.py")
    assert [cell.source.strip().split("\n")[0] for cell in own(submission)][:2] == [
        "pass  # %matplotlib inline", "def im2col(x):",
    ]  # fmt: skip


def test_percent_scripts_are_read_as_cells(read):
    text = (
        "# ---\n# jupyter: x\n# ---\n\n# %% [markdown]\n# ## My columns\n\n"
        "# %%\ndef im2col(x):\n    s = '''\n# %% no cell\n'''\n    return x\n\n"
        '# %% tags=["demo"]\nwhile True:\n    pass\n\n#%% Layer\nclass Convolution: pass\n'
    )
    submission = read(text, "im2col.py")
    assert [(cell.id, cell.label) for cell in own(submission)] == [
        ("answer-im2col", "cell 2, under *My columns*"),
        ("answer-forward", "cell 4, under *My columns*"),
    ]
    assert "# %% no cell" in own(submission)[0].source


def test_markdown_in_quotes_has_headings(read):
    text = '# %% [markdown]\n"""\n## Quoted\n"""\n# %%\nx = 1\n# %% [md]\n# # Next\n# %%\ny = 2\n# # comment\nz = 1'
    assert [cell.label for cell in own(read(text, "im2col.py"))] == ["cell 2, under *Quoted*", "cell 4, under *Next*"]


def test_code_above_the_first_marker_is_a_cell(read):
    assert [cell.label for cell in own(read("x = 1\n# %%\ny = 2\n", "im2col.py"))] == ["cell 1", "cell 2"]


def test_the_source_itself_reads_as_its_answers(read, cells):
    text = "\n\n".join(f'# %% answer="{cell.name}"\n{cell.source}' for cell in cells if cell.kind == "answer")
    submission = read(text, "im2col.py")
    assert [cell.id for cell in own(submission)] == ["answer-im2col", "answer-forward"]
    assert submission.notes == ()


def test_jupytext_keeps_nbgraders_ids(read):
    text = '# %% nbgrader={"grade": false, "grade_id": "answer-im2col", "locked": false}\nim2col = None\n'
    assert own(read(text, "im2col.py"))[0].id == "answer-im2col"


def test_the_notebook_through_jupytext_gives_the_same_cells(read, answered):
    jupytext = pytest.importorskip("jupytext")
    import nbformat

    text = jupytext.writes(nbformat.from_dict(answered), fmt="py:percent")
    a, b = read(answered), read(text, "im2col.py")
    assert [(cell.id, cell.label) for cell in b.cells] == [(cell.id, cell.label) for cell in a.cells]
    assert b.notes == ()


def test_the_notebook_through_nbconvert_gives_the_same_cells(read, answered, new_cell):
    nbconvert = pytest.importorskip("nbconvert")
    import nbformat

    answered["cells"].append(new_cell("%matplotlib inline\nx = 1", execution_count=None))
    text, _ = nbconvert.PythonExporter().from_notebook_node(nbformat.from_dict(answered))
    a, b = read(answered), read(text, "im2col.py")
    assert [cell.id for cell in b.cells][:5] == [cell.id for cell in a.cells][:5]
    assert [cell.label.partition("under ")[2] for cell in b.cells] == [c.label.partition("under ")[2] for c in a.cells]
    assert b.notes == ()
    assert "pass  # get_ipython()" in b.cells[-1].source


def test_a_syntax_error_in_a_percent_script_stays_in_its_cell(read):
    submission = read("# %%\ndef im2col(x:\n# %%\nclass Convolution: pass\n", "im2col.py")
    assert [cell.label for cell in own(submission)] == ["cell 1", "cell 2, under *Forward*"]


def test_the_untouched_stub_as_a_script_is_known(read, released):
    text = "\n\n".join(cell["source"] for cell in released["cells"] if cell["cell_type"] == "code")
    assert read(text, "im2col.py").notes == ("No answer was changed from the released notebook.",)


def test_a_function_defined_twice_is_noted(read):
    notes = read("def im2col(x): pass\ndef im2col(x): return x\nclass Convolution: pass\n", "im2col.py").notes
    assert notes == (
        "`im2col` is answered in line 1 (`im2col`) and line 2 (`im2col`): all run, and the last definition counts.",
    )


@pytest.mark.parametrize(
    ("text", "words"), [("", "empty"), ("# only\n\n# comments\n", "no statement"), ("x\n" * 5001, "5,000")]
)
def test_scripts_without_or_with_too_much_code(read, text, words):
    with pytest.raises(SubmissionError) as caught:
        read(text, "im2col.py")
    assert "`im2col.py`: " in str(caught.value)
    assert words in str(caught.value)
    assert "Fix: " in str(caught.value)


def test_long_and_broken_scripts_end(read):
    with pytest.raises(SubmissionError, match="5,000 statements"):
        read("x = (\n" * 80_000, "im2col.py")
    with pytest.raises(SubmissionError, match="pasted data"):
        read("x = 1\n" * 400_000, "im2col.py")


@pytest.mark.parametrize(
    "text",
    [
        "# In[1]:\n" + "\n# c" * 90_000 + "\nx = 1",
        "# In[1]:\nx = 1" + "\n" * 200_000 + "\ny = 2",
        "# %%" + " " * 200_000 + "x\ny = 2",
        "#%% [" + "[" * 200_000 + "\ny = 2",
        "# %%\n" * 5_000 + "y = 2",
        "!\n" + "a " * 200_000 + "= b",
    ],
)
def test_odd_scripts_are_read_in_reasonable_time(read, text):
    assert own(read(text, "im2col.py"))


def test_carriage_returns_marks_and_nul(read):
    submission = read(
        b"\xef\xbb\xbfdef im2col(x):\r\n    return x\r\nclass Convolution:\r\n    y = '\0'\r\n", "im2col.py"
    )
    assert own(submission)[0].source == "def im2col(x):\n    return x"
    assert submission.notes == ("The file held NUL characters; they were removed.",)


def test_nothing_of_a_submission_is_imported_or_run(read, tmp_path):
    mark = tmp_path / "ran"
    read(f"import this_is_no_module\nopen({str(mark)!r}, 'w')\n# %%\nx = 1\n", "im2col.py")
    assert not mark.exists()
    assert "this_is_no_module" not in sys.modules


def test_reading_submissions_does_not_load_torch():
    code = "import sys, autograder.submission; raise SystemExit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
