"""`autograder batch`: what its targets mean, what it refuses before anything runs, what it keeps, and what it shows."""

import csv
import io
import json
import sys
from pathlib import Path

import nbformat
import pytest
from papermill.inspection import _infer_parameters
from papermill.iorw import load_notebook_node, papermill_io
from rich.console import Console

from autograder.batch import page, run
from autograder.batch.plan import find_targets, plan
from autograder.batch.plots import series_of
from autograder.cli import main
from autograder.course import load_course
from autograder.errors import KitError
from autograder.report.notebook_page import notebook_html

pytestmark = pytest.mark.filterwarnings("ignore")  # those of papermill's own libraries
ROOT = Path(__file__).parents[2]
CELLS = [
    ("parameters", 'seed: int = 0  # of everything\nrate: float = 0.5\nkind: str = "a"\nloud: bool = False'),
    ("", "from autograder import metrics\nmetrics.record(score=seed + rate, broken=float('nan'))"),
    ("", "assert kind != 'wrong', 'no such kind'\nprint('to the end')"),
]


def write(path, cells=CELLS):
    notebook = nbformat.v4.new_notebook()
    for tag, source in cells:
        notebook.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": [tag]} if tag else {}))
    nbformat.write(notebook, path)
    return path


@pytest.fixture
def notebook(tmp_path):
    return write(tmp_path / "little.ipynb")


@pytest.fixture
def go(toy, tmp_path):
    """Run a batch of the notebook; gives whether all went well and what was printed."""

    def go(*targets, fixed=None, grid=None, retry=False, out=None, course=toy.course):
        console = Console(file=io.StringIO(), width=150)
        place = str(out or tmp_path / "out")
        fine = run.run_batch(course, [str(t) for t in targets], fixed or {}, grid or {}, place, 1, retry, console)
        return fine, console.file.getvalue()

    return go


def planned(toy, tmp_path, target, fixed=None, grid=None):
    return plan(find_targets(toy.course, [str(target)], tmp_path), fixed or {}, grid or {})


# the plan ----------------------------------------------------------------------------------------------------------


def test_the_grid_is_a_product_and_values_have_the_types_of_the_notebook(toy, tmp_path, notebook):
    runs = planned(toy, tmp_path, notebook, {"kind": "1", "loud": "true"}, {"seed": ["0", "1"], "rate": ["1", "2.5"]})
    assert [one.name for one in runs] == [f"little/seed={seed},rate={rate}" for seed in (0, 1) for rate in (1.0, 2.5)]
    assert runs[-1].parameters == {"kind": "1", "loud": True, "seed": 1, "rate": 2.5}


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("speed", "1", ["little.ipynb", "no parameter 'speed'", "seed"]),
        ("seed", "one", ["little.ipynb", "seed is 'one'", "of type int"]),
        ("rate", "fast", ["rate is 'fast'", "of type float"]),
        ("loud", "maybe", ["loud is 'maybe'", "of type bool"]),
        ("rate", "nan", ["rate is 'nan'", "of type float"]),
    ],
)
def test_what_does_not_fit_the_notebook_is_refused(toy, tmp_path, notebook, name, value, words):
    for chosen in ({"fixed": {name: value}}, {"grid": {name: [value]}}):
        with pytest.raises(KitError) as refused:
            planned(toy, tmp_path, notebook, **chosen)
        assert all(word in str(refused.value) for word in words)


def test_a_value_counts_once_and_a_parameter_comes_from_one_place(toy, tmp_path, notebook):
    assert len(planned(toy, tmp_path, notebook, grid={"seed": ["1", "01", "1", "2"]})) == 2
    with pytest.raises(KitError, match="seed is given by -p and by --grid"):
        planned(toy, tmp_path, notebook, {"seed": "1"}, {"seed": ["2"]})


@pytest.mark.parametrize("change", ["stripped", "other type", "deleted", "script", "garbage"])
def test_what_a_student_did_to_the_parameters_stops_nobody(toy, tmp_path, change):
    """The released notebook says what there is; a cell that is gone is put back."""
    path = toy.hand_in("kim")
    found = nbformat.read(path, 4)
    (cell,) = [cell for cell in found.cells if "parameters" in cell.metadata.get("tags", [])]
    if change == "stripped":
        cell.metadata = {}
    elif change == "other type":
        cell.source = "seed: bool = True"
    elif change == "deleted":
        found.cells.remove(cell)
    nbformat.write(found, path)
    if change == "script":
        path.unlink()
        path = path.with_suffix(".py")
        path.write_text("def double(x):\n    return 2 * x\n")
    elif change == "garbage":
        path.write_text("{")
    (one,) = planned(toy, tmp_path, path.parents[2], {"seed": "3"})
    if change == "garbage":
        assert one.target.problem
    else:
        assert one.parameters == {"seed": 3}
        tagged = [cell for cell in one.target.notebook.cells if "parameters" in cell.metadata.tags]
        assert len(tagged) == 1


def test_targets(toy, tmp_path):
    solutions = find_targets(toy.course, [str(toy.course.root / "solutions")], tmp_path)
    assert [one.name for one in solutions] == list(toy.course.assignments)
    assert "return 2 * x" in str(solutions[0].notebook)
    (handed_in,) = find_targets(toy.course, [str(toy.hand_in("kim"))], tmp_path)
    assert handed_in.notebook is not None
    with pytest.raises(KitError, match="no assignment, no notebook and no folder"):
        find_targets(toy.course, ["nothing/here"], tmp_path)
    with pytest.raises(KitError, match="Two notebooks would be written to toy"):
        find_targets(toy.course, ["toy", str(toy.course.root / "solutions")], tmp_path)
    broken = tmp_path / "broken.ipynb"
    broken.write_text("{")
    with pytest.raises(KitError, match="cannot be read as a notebook"):
        find_targets(toy.course, [str(broken)], tmp_path)


@pytest.mark.parametrize("name", load_course(ROOT, check_sources=False).assignments)
def test_every_notebook_says_its_parameters_and_their_types(name):
    path = ROOT / "assignments" / name / f"{name}.ipynb"
    found = {one.name: one for one in _infer_parameters(load_notebook_node(str(path)), "python3", "python")}
    assert {key: one.inferred_type_name for key, one in found.items()} == {
        "device": "str", "seed": "int", "epochs": "int", "data": "str"
    }  # fmt: skip
    assert all(one.help for one in found.values())


# runs --------------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("wall")
def test_runs_are_kept_and_not_repeated_and_failed_ones_only_on_request(go, notebook, tmp_path):
    fine, text = go(notebook, grid={"seed": ["0", "3"], "kind": ["b", "wrong"]})
    out = tmp_path / "out"
    assert not fine
    assert "AssertionError: no such kind" in text
    kept = nbformat.read(out / "little" / "seed=0,kind=wrong.ipynb", 4)
    assert any(o.output_type == "error" for cell in kept.cells for o in cell.get("outputs", []))
    rows = list(csv.DictReader((out / "metrics.csv").read_text(encoding="utf-8-sig").splitlines()))
    found = [(row["seed"], row["kind"], row["status"], row["score"]) for row in rows]
    assert found[:2] == [("0", "b", "done", "0.5"), ("0", "wrong", "failed", "0.5")]
    assert found[2:] == [("3", "b", "done", "3.5"), ("3", "wrong", "failed", "3.5")]
    assert "broken" not in rows[0]
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.ipynb")}
    _, text = go(notebook, grid={"seed": ["0", "3"], "kind": ["b", "wrong"]})
    assert "4 of 4 were run before" in text
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*.ipynb")}
    _, text = go(notebook, grid={"seed": ["0", "3"], "kind": ["b", "wrong"]}, retry=True)
    assert "2 of 4 were run before" in text
    write(notebook, [*CELLS, ("", "1")])  # another notebook is another run
    _, text = go(notebook, grid={"seed": ["0"], "kind": ["b"]})
    assert "were run before" not in text
    assert not list(out.rglob("*.tmp"))


@pytest.mark.usefixtures("wall")
def test_a_solution_runs_and_an_untouched_notebook_stops_at_the_first_open_answer(go, tmp_path):
    course = load_course(ROOT)
    fine, _ = go("im2col", fixed={"epochs": "1"}, course=course, out=tmp_path / "solution")
    assert fine
    fine, text = go(ROOT / "assignments" / "im2col", course=course, out=tmp_path / "stub")
    assert not fine
    assert "NotImplementedError: an answer that is called here is not written yet" in text
    cells = nbformat.read(tmp_path / "stub" / "im2col" / "run.ipynb", 4).cells
    (open_answer,) = [n for n, c in enumerate(cells) for o in c.get("outputs", []) if o.output_type == "error"]
    assert all(cell.execution_count is None for cell in cells[open_answer + 1 :] if cell.cell_type == "code")


@pytest.mark.usefixtures("wall")
def test_an_interrupt_keeps_what_was_finished_and_calls_nothing_failed(go, notebook, tmp_path, monkeypatch):
    original = run.Batch.keep

    def keep(self, *arguments):
        original(self, *arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run.Batch, "keep", keep)
        with pytest.raises(KeyboardInterrupt):
            go(notebook, grid={"seed": ["0", "1", "2"]})
    records = [json.loads(path.read_text()) for path in (tmp_path / "out").rglob("*.json")]
    assert [record["status"] for record in records] == ["done"]
    fine, text = go(notebook, grid={"seed": ["0", "1", "2"]})
    assert fine
    assert "1 of 3 were run before" in text


def test_a_place_that_cannot_be_written_is_told_before_anything_runs(go, notebook, tmp_path, monkeypatch):
    monkeypatch.setattr(run, "_execute", lambda *_: pytest.fail("it ran"))
    (tmp_path / "file").write_text("")
    with pytest.raises(KitError, match="file"):
        go(notebook, out=tmp_path / "file" / "below")


@pytest.mark.usefixtures("wall")
def test_remote_notebooks_and_places_go_through_papermills_handlers(go, notebook, monkeypatch):
    files = {"memo://in/little.ipynb": notebook.read_text()}

    class Memo:
        read = staticmethod(lambda path: files[path])
        write = staticmethod(lambda buffer, path: files.__setitem__(path, buffer))
        pretty_path = staticmethod(str)
        listdir = staticmethod(lambda _: [])

    monkeypatch.setattr(papermill_io, "_handlers", [("memo://", Memo()), *papermill_io._handlers])
    fine, _ = go("memo://in/little.ipynb", out="memo://out")
    assert fine
    assert {"memo://out/index.html", "memo://out/metrics.csv", "memo://out/little/run.ipynb"} < set(files)
    _, text = go("memo://in/little.ipynb", out="memo://out")
    assert "1 of 1 were run before" in text


def test_jobs_are_spread_over_the_gpus(monkeypatch, toy, tmp_path, notebook):
    runs = planned(toy, tmp_path, notebook)
    monkeypatch.setattr(run, "cuda_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 2)
    assert run.gpus(runs) == ["0", "1"]
    write(notebook, [("parameters", 'device: str = "auto"'), ("", "1")])
    assert run.gpus(planned(toy, tmp_path, notebook, {"device": "cpu"})) == []
    monkeypatch.setattr(run, "cuda_available", lambda: False)
    assert run.gpus(runs) == []


# what is shown -----------------------------------------------------------------------------------------------------


def record(seed, rate, score, **others):
    values = {"seed": seed, "rate": rate}
    return {
        "target": "a", "source": "a.ipynb", "status": "done", "problem": "", "duration": 1.0, "parameters": values,
        "grid": values, "metrics": {"score": score, "same": 1.0}, **others,
    }  # fmt: skip


def test_plots_have_the_mean_and_spread_over_seeds_and_leave_out_what_does_not_vary():
    records = [record(seed, rate, seed + 10.0 * rate) for seed in (0, 1, 2) for rate in (1, 2)]
    (plot,) = series_of(records)
    assert (plot.metric, plot.parameter) == ("score", "rate")
    assert [(point.value, point.count) for point in plot.points] == [(11.0, 3), (21.0, 3)]
    assert plot.points[0].high < plot.points[0].mean < plot.points[0].low  # an SVG's y runs downwards
    (plot,) = series_of([one for one in records if one["grid"]["rate"] == 1])
    assert plot.parameter == "seed"


def test_nothing_of_a_notebook_runs_in_a_page_or_a_spreadsheet(tmp_path):
    evil = "<script>alert(1)</script>"
    hostile = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_markdown_cell(f"# Title\n\n{evil}\n\n<img src=x onerror=y>")]
    )
    output = nbformat.v4.new_output(
        "display_data", {"text/html": f"<p>{evil}</p>", "application/javascript": "alert(2)"}
    )
    hostile.cells.append(nbformat.v4.new_code_cell("1", outputs=[output]))
    text = notebook_html(hostile, evil)
    assert "default-src 'none'" in text
    assert "<h1" in text
    assert evil not in text
    assert "<img src=x" not in text
    assert "alert(2)" not in text

    class Files(dict):
        write = dict.__setitem__

    files = Files()
    page.write_pages(files, [record(0, 1, 0.5, target=f"=1+1{evil}", problem=evil)])
    assert evil not in files["index.html"]
    assert files["metrics.csv"].splitlines()[1].startswith("'=1+1")


def test_the_command_line_joins_name_and_value_as_papermill_does(monkeypatch, capsys, toy, notebook):
    seen = []
    monkeypatch.setattr("autograder.batch.run_batch", lambda *arguments: seen.append(arguments[1:6]) or True)
    monkeypatch.chdir(toy.course.root)
    monkeypatch.setattr(sys, "argv", ["autograder"])
    words = ["batch", str(notebook), "-p", "kind", "b", "-p", "rate=2", "--grid", "seed=0,1", "--out", "x"]
    with pytest.raises(SystemExit) as end:
        main(words)
    assert end.value.code == 0
    assert seen == [([str(notebook)], {"kind": "b", "rate": "2"}, {"seed": ["0", "1"]}, "x", 0)]
    with pytest.raises(SystemExit) as end:
        main(["batch", str(notebook), "--grid", "seed"])
    assert end.value.code == 2
    assert "--grid seed=0,1,2" in capsys.readouterr().err
