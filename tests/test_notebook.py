"""Sources as cells, notebooks and modules; read as jupytext reads them, stubbed as nbgrader stubs them."""

import json
import subprocess
import sys
import traceback
from pathlib import Path

import jupytext
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.preprocessors import ClearSolutions

from autograder.course import Assignment, Limits, Question
from autograder.errors import CourseError
from autograder.notebook import (
    SourceError,
    assemble,
    code_only,
    defined_in,
    load_module,
    load_text,
    notebook_text,
    parse_source,
    read_source,
    solution_notebook,
    stub,
    student_notebook,
)

SOURCE = '''\
# %% [markdown]
# # Convolution, *one* `product`
#
# Text with $x_1$ and a code block:
#
# ```
# # no heading
# ```

# %% tags=["parameters"]
device: str = "auto"  # "cpu", "cuda" or "auto"
seed: int = 3

# %% tags=["setup"]
import math

given = [1, 2]

# %% [markdown]
# ## The [size](http://example.org) of `output_size`

# %% answer="output_size"
def output_size(size, filter_size):
    """How many positions a filter has."""
    ### BEGIN SOLUTION
    return size - filter_size + 1
    ### END SOLUTION


# %% check="output_size"
check("conv", question="output_size")

# %% tags=["demo"]
print(output_size(5, 3))

# %% [markdown]
# ## Backward
# The other way.

# %% answer="layers"
class Layer:
    """A layer."""

    def forward(self, x):
        """x: anything."""
        ### BEGIN SOLUTION
        if x:
            return output_size(x, 1)
        return None
        ### END SOLUTION

    def backward(self, dout):
        """dout: anything."""
        ### BEGIN SOLUTION
        return -dout
        ### END SOLUTION


SCALE = 2


class Sub(Layer):
    """Another."""


# %% tags=["demo"]
raise RuntimeError("demo cells never run")

# %% check="backward"
check("conv", question="backward")
'''
IDS = [
    "text-1", "parameters", "setup-1", "text-2", "answer-output_size", "check-output_size", "demo-1", "text-3",
    "answer-layers", "demo-2", "check-backward",
]  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "solutions" / "conv" / "conv.py"
    file.parent.mkdir(parents=True)
    file.write_text(SOURCE, encoding="utf-8")
    return file


@pytest.fixture
def assignment(path: Path) -> Assignment:
    questions = {
        "output_size": Question(name="output_size", points=1),
        "backward": Question(name="backward", points=2.5, needs=("output_size",)),
    }
    return Assignment(
        name="conv",
        title="Convolution",
        points=3.5,
        questions=questions,
        thresholds={"accuracy": {"bundled": 0.9, "mnist": 0.97}},
        limits=Limits(),
        folder=path.parent,
        released=path.parents[2] / "assignments" / "conv",
    )


# Reading


def test_cells_have_kind_name_heading_and_a_steady_id(path):
    cells = read_source(path)
    assert [cell.id for cell in cells] == IDS
    assert [cell.name for cell in cells if cell.kind == "check"] == ["output_size", "backward"]
    headings = {cell.id: cell.heading for cell in cells}
    assert headings["setup-1"] == "Convolution, one product"
    assert headings["answer-output_size"] == "The size of output_size"
    assert headings["answer-layers"] == headings["check-backward"] == "Backward"
    lines = SOURCE.split("\n")
    for cell in cells:
        assert lines[cell.line - 2].startswith("# %%")
        if cell.kind != "markdown":
            assert cell.source.split("\n")[0] == lines[cell.line - 1]


def test_cells_are_those_jupytext_reads(path, assignment):
    theirs = jupytext.read(path)
    ours = solution_notebook(read_source(path), assignment)
    assert [(cell.cell_type, cell.source) for cell in ours.cells] == [
        (cell.cell_type, cell.source) for cell in theirs.cells
    ]
    kinds = []
    for cell in theirs.cells:
        tags = cell.metadata.get("tags", [])
        kinds.append(
            cell.cell_type if cell.cell_type == "markdown" else [*tags, *({"answer", "check"} & {*cell.metadata})][0]
        )
    assert kinds == [cell.kind for cell in read_source(path)]


def test_jupytexts_header_and_quoted_markdown_are_read_as_jupytext_does(path):
    header = "# ---\n# jupyter:\n#   kernelspec:\n#     display_name: Python 3\n#     name: python3\n# ---\n\n"
    quoted = '# %% [markdown]\n"""\n# Quoted\ntext $\\alpha$\n"""\n\n# %% tags=["demo"]\nprint()\n'
    path.write_text(header + quoted)
    assert [cell.source for cell in read_source(path)] == [cell.source for cell in jupytext.read(path).cells]
    assert read_source(path)[1].heading == "Quoted"


def test_line_ends_of_windows_read_the_same(path):
    before = read_source(path)
    path.write_bytes(SOURCE.replace("\n", "\r\n").encode())
    assert read_source(path) == before


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import math\n", "conv.py, line 1: text before the first cell. Fix: start the file with `# %% [markdown]`"),
        ("\n# %%\nx = 1\n", "line 2: an empty marker does not say what the cell is. Fix: write"),
        ('# %% tags=["setpu"]\n', 'line 1: tags=["setpu"] does not say what the cell is. Fix: write'),
        ('# %% answer="a" tags=["setup"]\n', "line 1: answer"),
        ("# %% A title\n", "line 1: `# %% A title` is no cell of a source. Fix: write"),
        ("# %% answer=a\n", "line 1: `# %% answer=a` is no cell of a source"),
        ("# %% tags=[setup]\n", "line 1: cannot read [setup]. Fix: write"),
        ('# %% answer="a b"\n', "line 1: 'a b' cannot name a cell. Fix: use letters"),
        (
            '# %% answer="a"\n\n# %% answer="a"\n',
            "line 3: there is a second answer cell 'a'; the first is on line 1. Fix:",
        ),
        ('# %% check="a"\n\n# %% check="a"\n', "line 3: there is a second check cell 'a'"),
        (
            '# %% tags=["parameters"]\n' * 2,
            "line 2: there is a second parameters cell; the first is on line 1. Fix: keep",
        ),
    ],
)
def test_what_is_no_cell_is_named_with_its_line(path, text, words):
    with pytest.raises(SourceError) as caught:
        parse_source(text, path)
    assert words in str(caught.value)
    assert str(caught.value).startswith("solutions/conv/conv.py, line ")
    assert "Fix: " in str(caught.value)


def test_a_missing_source_and_one_that_is_not_utf8_are_named(path):
    path.write_bytes(b"# %% [markdown]\n# \xff\n")
    with pytest.raises(SourceError, match=r"conv\.py: not UTF-8 text .* Fix: save it as UTF-8"):
        read_source(path)
    path.unlink()
    with pytest.raises(SourceError, match=r"solutions/conv/conv\.py is missing\. Fix: "):
        read_source(path)


# Stubs


def by_nbgrader(source: str) -> str:
    record = {"schema_version": 3, "grade": False, "solution": True, "locked": False, "grade_id": "a", "task": False}
    notebook = new_notebook(cells=[new_code_cell(source, metadata={"nbgrader": record})])
    return str(ClearSolutions().preprocess(notebook, {})[0].cells[0].source)


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    ### BEGIN SOLUTION\n    return 1\n    ### END SOLUTION",
        "### BEGIN SOLUTION\nx = 1\n### END SOLUTION",
        "class A:\n    def f(self):\n        ### BEGIN SOLUTION\n        return 1\n        ### END SOLUTION\n\n"
        "    def g(self):\n        if True:\n\t    ### BEGIN SOLUTION\n            pass\n"
        "            ### END SOLUTION\n\n\nafter = 1\n",
        "def f():\n    ### BEGIN SOLUTION\n    ### END SOLUTION\n\n",
    ],
)
def test_a_stub_is_what_nbgrader_makes(source):
    assert stub(source) == by_nbgrader(source)


def test_the_answers_of_a_source_are_stubbed_as_nbgrader_does(path):
    for cell in read_source(path):
        if cell.kind == "answer":
            assert "return" not in stub(cell.source)
            assert stub(cell.source) == by_nbgrader(cell.source)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x\n### BEGIN SOLUTION\ny", "line 41: this solution never ends. Fix: write `### END SOLUTION`"),
        ("x\n### END SOLUTION", "line 41: a solution ends that has not begun. Fix: write `### BEGIN SOLUTION`"),
        (
            "### BEGIN SOLUTION\n### BEGIN SOLUTION\n### END SOLUTION",
            "line 41: a solution begins inside the one begun on line 40",
        ),
        ("### BEGIN SOLUTION\n### END SOLUTION\n### END SOLUTION", "line 42: a solution ends that has not begun"),
        (
            "# BEGIN SOLUTION\n### END SOLUTION",
            "line 40: `# BEGIN SOLUTION` is no solution marker. Fix: put `### BEGIN",
        ),
        (
            "### BEGIN SOLUTION\nx = 1  ### END SOLUTION",
            "line 41: `x = 1  ### END SOLUTION` is no solution marker. Fix: put",
        ),
    ],
)
def test_markers_that_do_not_pair_are_an_error_with_the_line(path, source, words):
    with pytest.raises(CourseError) as caught:
        stub(source, path, 40)
    assert str(caught.value).startswith(f"solutions/conv/conv.py, {words}")
    assert "Fix: " in str(caught.value)


# Notebooks


@pytest.mark.parametrize("make", [student_notebook, solution_notebook])
def test_notebooks_are_valid_for_nbformat_and_nbgrader(path, assignment, make):
    notebook = make(read_source(path), assignment)
    nbformat.validate(notebook)
    MetadataValidator().validate_nb(notebook)
    assert [cell.id for cell in notebook.cells] == IDS


def test_the_students_notebook_holds_stubs_and_what_check_needs(path, assignment):
    notebook = student_notebook(read_source(path), assignment)
    cells = {cell.id: cell for cell in notebook.cells}
    assert cells["answer-output_size"].source == (
        'def output_size(size, filter_size):\n    """How many positions a filter has."""\n'
        "    # YOUR CODE HERE\n    raise NotImplementedError()"
    )
    assert "SOLUTION" not in notebook_text(notebook)
    assert notebook.metadata.autograder == {
        "assignment": "conv",
        "questions": {"output_size": 1, "backward": 2.5},
        "thresholds": {"accuracy": {"bundled": 0.9, "mnist": 0.97}},
        "training_seconds": 100,
    }
    assert notebook.metadata.kernelspec == {"display_name": "Python 3", "language": "python", "name": "python3"}


def test_solutions_are_open_checks_graded_given_cells_locked(path, assignment):
    cells = {cell.id: cell.metadata for cell in student_notebook(read_source(path), assignment).cells}
    answer, check, setup = (cells[name]["nbgrader"] for name in ("answer-layers", "check-backward", "setup-1"))
    assert (answer["solution"], answer["grade"], answer["locked"]) == (True, False, False)
    assert (check["solution"], check["grade"], check["locked"], check["points"]) == (False, True, True, 2.5)
    assert (setup["solution"], setup["grade"], setup["locked"]) == (False, False, True)
    assert cells["check-backward"]["editable"] is False
    assert "editable" not in cells["answer-layers"]
    assert cells["parameters"] == {"tags": ["parameters"]}  # there to be changed, and papermill finds it by the tag
    assert cells["text-1"] == {}
    assert cells["demo-1"]["tags"] == ["demo"]


def test_the_solution_notebook_is_what_nbgrader_can_release(path, assignment):
    cells = read_source(path)
    released = ClearSolutions().preprocess(solution_notebook(cells, assignment), {})[0]
    assert [cell.source for cell in released.cells] == [
        cell.source for cell in student_notebook(cells, assignment).cells
    ]


def test_the_same_source_gives_the_same_bytes(path, assignment):
    first, second = (notebook_text(student_notebook(read_source(path), assignment)) for _ in range(2))
    assert first == second
    assert first.endswith("}\n")
    assert first == json.dumps(json.loads(first), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def test_a_check_of_a_question_without_points_is_an_error(path, assignment):
    lacking = assignment.model_copy(update={"questions": {"output_size": assignment.questions["output_size"]}})
    with pytest.raises(CourseError, match=r"conv has no question 'backward'\. Fix: "):
        student_notebook(read_source(path), lacking)


# What cells define, and which run


def test_defined_in_names_the_answer_cell(path):
    assert {name: cell.id for name, cell in defined_in(read_source(path)).items()} == {
        "output_size": "answer-output_size",
        "Layer": "answer-layers",
        "SCALE": "answer-layers",
        "Sub": "answer-layers",
    }


def test_code_only_leaves_out_demos_checks_and_text(path):
    cells = code_only(read_source(path))
    assert [(cell.id, cell.kind) for cell in cells] == [
        ("parameters", "setup"),
        ("setup-1", "setup"),
        ("answer-output_size", "answer"),
        ("answer-layers", "answer"),
    ]
    assert cells[-1].label == "cell 9, under *Backward*"


def test_the_module_has_setup_and_answers_and_runs_no_check_or_demo(path):
    module = load_module(path, "conv_reference")
    assert (module.output_size(5, 3), module.Layer().forward(0), module.given, module.seed) == (3, None, [1, 2], 3)
    assert (module.__name__, module.__file__, module.Layer.__module__) == (
        "conv_reference",
        str(path),
        "conv_reference",
    )
    assert "conv_reference" not in sys.modules


def test_loading_leaves_a_module_of_the_same_name_alone(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "conv", json)
    load_module(path, "conv")
    assert sys.modules["conv"] is json


def test_tracebacks_show_the_lines_of_the_source(path):
    module = load_module(path, "conv")
    with pytest.raises(TypeError) as caught:
        module.Layer().forward("text")
    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (last.filename, last.line) == (str(path), "return size - filter_size + 1")
    assert SOURCE.split("\n")[(last.lineno or 0) - 1].strip() == last.line


def test_a_dataclass_in_a_source_loads(path):
    path.write_text(
        '# %% tags=["setup"]\nfrom dataclasses import dataclass, field\n\n# %% answer="a"\n@dataclass\n'
        'class Case:\n    x: "int" = 0\n    y: list = field(default_factory=list)\n'
    )
    assert load_module(path, "conv").Case(2).x == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('# %% tags=["setup"]\nx = 1\n\n# %% answer="a"\ndef f(:\n', r"line 5: not valid Python .* Fix: correct"),
        (
            '# %% tags=["setup"]\nx = 1\n\n# %% answer="a"\ny = z\n',
            r"line 5: running it stopped with NameError: .* Fix:",
        ),
        (
            '# %% tags=["setup"]\ndef f():\n    return 1 / 0\n\n\nf()\n',
            r"line 3: running it stopped with ZeroDivisionError",
        ),
    ],
)
def test_a_source_that_does_not_run_is_named_with_its_line(path, text, words):
    path.write_text(text)
    with pytest.raises(SourceError, match=rf"solutions/conv/conv\.py, {words}"):
        load_module(path, "conv")
    assert "conv" not in sys.modules


# Variants


def variant(path: Path, edit: str) -> tuple[str, object]:
    text = assemble(read_source(path), edit, path)
    return text, load_text(text, path, "variant")


def test_an_edit_replaces_a_function_where_it_stands(path):
    text, module = variant(
        path, '"""question: output_size"""\n\n# off by one\ndef output_size(size, filter_size):\n    return 0\n'
    )
    assert module.output_size(5, 3) == 0
    assert module.Layer().forward(7) == 0
    assert text.count("def output_size") == 1
    assert "# off by one" in text
    assert "SOLUTION" not in text
    assert "check(" not in text
    cells = parse_source(text, path)
    assert [(cell.id, cell.heading) for cell in cells if cell.kind == "answer"] == [
        ("answer-output_size", "The size of output_size"),
        ("answer-layers", "Backward"),
    ]


def test_new_names_and_imports_come_before_the_answers(path):
    text, module = variant(
        path,
        "import cmath as c\n\nWIDTH = 4\n\ndef helper(x):\n    return x + WIDTH\n\n"
        "def output_size(a, b):\n    return helper(c.inf)\n",
    )
    assert module.output_size(1, 1) == float("inf")
    edit = next(cell for cell in parse_source(text, path) if cell.id == "edit-1")
    assert edit.kind == "setup"
    assert "import cmath" in edit.source
    assert "def output_size" not in edit.source
    assert text.index("import math") < text.index("import cmath") < text.index("def output_size")


def test_a_replaced_base_class_comes_before_those_built_on_it(path):
    _, module = variant(path, "class Layer:\n    kind = 'new'\n\nSCALE = 5\n")
    assert module.Sub.kind == "new"
    assert module.SCALE == 5


def test_a_new_class_built_on_an_answer_follows_it(path):
    _, module = variant(path, "class Better(Layer):\n    pass\n\nBetter.kind = 'better'\n\nbest = Better()\n")
    assert module.best.kind == "better"
    assert module.best.forward(3) == 3


def test_a_definition_wrapped_after_it_stays_wrapped(path):
    _, module = variant(
        path,
        "import functools\n\ndef output_size(a, b):\n    return []\n\noutput_size = functools.lru_cache(output_size)\n",
    )
    assert module.output_size(1, 2) is module.output_size(1, 2)


def test_statements_sharing_a_line_stay_together(path):
    text, module = variant(path, "a = 1; SCALE = a + 6\nb, c = 2, 3\n")
    assert (module.SCALE, module.b, module.c) == (7, 2, 3)
    assert text.count("SCALE = ") == 1


def test_an_edit_of_a_given_name_is_a_later_definition(path):
    _, module = variant(path, "given = [9]\n")
    assert module.given == [9]


def test_an_empty_edit_is_the_reference(path):
    _, module = variant(path, "")
    assert module.output_size(5, 3) == load_module(path, "conv").output_size(5, 3)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ("x = 1\ndef f(:\n", r"line 2: not valid Python"),
        ("from __future__ import annotations\n", r"line 1: cells run one by one.* Fix: remove it"),
    ],
)
def test_an_edit_that_cannot_be_used_is_named(path, edit, words):
    with pytest.raises(SourceError, match=rf"bank/wrong/x\.py, {words}"):
        assemble(read_source(path), edit, Path("bank/wrong/x.py"))


def test_reading_sources_needs_neither_torch_nor_jupytext_nor_nbformat(path):
    code = (
        "import sys, pathlib, autograder.notebook as n; n.read_source(pathlib.Path(sys.argv[1]));"
        "print(*{'torch', 'jupytext', 'nbformat', 'pydantic', 'nbgrader'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
