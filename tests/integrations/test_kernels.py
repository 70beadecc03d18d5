"""Kernels behind the wall: what a notebook may do there, what it may not, and what is said of one that ended."""

import time

import nbformat
import papermill
import pytest
from jupyter_core.utils import ensure_event_loop
from nbclient import NotebookClient
from papermill.exceptions import PapermillExecutionError

from autograder.course import Limits
from autograder.integrations import papermill as engine
from autograder.integrations.kernels import WalledProvisioner, kernels

TIGHT = Limits(cpu_seconds=4, memory=400 * 2**20, processes=8, printed=2000, returned=2**20, file_size=2**20)
pytestmark = [
    pytest.mark.usefixtures("wall"),
    pytest.mark.filterwarnings("ignore"),
]  # those of papermill's own libraries
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1])"


@pytest.fixture(scope="module", autouse=True)
def one_wall():
    yield
    kernels.close()
    ensure_event_loop().close()  # that of the notebooks' clients; garbage it would be a warning in any later test


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run cells by papermill in the kernel `autograder`; gives the notebook it wrote."""
    monkeypatch.setattr(engine, "limits_of", lambda _: TIGHT)

    def run(*cells):
        place = tmp_path / "in.ipynb"
        nbformat.write(notebook(*cells), place)
        try:
            papermill.execute_notebook(
                place, tmp_path / "out.ipynb", kernel_name="autograder", engine_name="autograder", progress_bar=False
            )
        except PapermillExecutionError as problem:
            run.problem = f"{problem.ename}: {problem.evalue}"
        return [cell for cell in nbformat.read(tmp_path / "out.ipynb", 4).cells if cell.cell_type == "code"]

    run.problem = ""
    return run


def text(cell):
    return "".join(output.get("text", "") for output in cell.outputs)


def test_a_notebook_runs_to_its_end(run):
    cells = run(
        "import torch\nprint(torch.arange(3).sum().item())", "1 + 1", "import matplotlib.pyplot as p\np.plot([1])"
    )
    assert text(cells[0]) == "3\n"
    assert cells[1].outputs[0].data["text/plain"] == "2"
    assert "image/png" in cells[2].outputs[-1].data
    assert run.problem == ""


def test_only_what_is_its_own_is_in_sight(run, tmp_path):
    code = (
        "import os, pathlib, socket\n"
        f"print(os.path.exists({str(tmp_path)!r}), os.listdir('/kernels'), os.getpid(), os.listdir('/tmp'))\n"
        "try:\n    socket.create_connection(('127.0.0.1', 80), 1)\nexcept OSError as error:\n    print(error)\n"
        "try:\n    pathlib.Path('/usr/x').write_text('')\nexcept OSError as error:\n    print(error.strerror)\n"
        "pathlib.Path('mine').write_text('here')"
    )
    first = text(run(code)[0])
    again = text(run(code)[0])
    assert first == again
    assert "False [] 1 ['.ipython']" in first
    assert "Connection refused" in first or "unreachable" in first
    assert "Read-only file system" in first


def test_computing_that_the_system_itself_ends_has_its_reason(run, monkeypatch):
    """A look comes once a second; several threads may reach the system's limit between two of them."""
    monkeypatch.setattr(WalledProvisioner, "_over", lambda self, now: "")
    assert run("while True:\n    pass")[0].outputs[-1].ename == "KernelEnded"
    assert "it was stopped after 4 seconds of computing" in run.problem


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os\nos._exit(3)", "its process ended by itself"),
        ("while True:\n    pass", "it was stopped after 4 seconds of computing"),
        ("x = []\nwhile True:\n    x.append(bytearray(2**23))",
         "it was stopped for using more than 400 MiB of memory|MemoryError"),
        ("import subprocess\nx = [subprocess.Popen(['sleep', '60']) for _ in range(20)]\nimport time\ntime.sleep(60)",
         "it was stopped for starting more than 8 processes|BlockingIOError"),
        ("from IPython.display import HTML, display\nwhile True:\n    display(HTML('x' * 10**5))",
         "it was stopped for showing more than 1 MiB"),
        ("open('/kernel/note', 'w').write('here')\nimport time\ntime.sleep(60)",
         "it was stopped for writing into the folder of its sockets"),
        ("input()", "StdinNotImplementedError"),
    ],
    ids=["exit", "loop", "memory", "processes", "display", "sockets", "input"],
)  # fmt: skip
def test_the_reason_of_an_end_is_in_the_notebook_and_the_next_one_runs(run, code, reason):
    cells = run("1", code, "2")
    assert any(part in run.problem for part in reason.split("|"))
    assert cells[1].outputs[-1].output_type == "error"
    assert cells[2].outputs == []
    assert text(run("print('fine')")[0]) == "fine\n"


def test_what_is_printed_is_kept_in_part(run):
    printed = text(run("for _ in range(1000):\n    print('x' * 1000)")[0])
    assert len(printed) < 3000
    assert printed.endswith("[No more is kept of what this notebook prints.]\n")
    assert run.problem == ""


def test_whatever_starts_kernels_starts_them_here(monkeypatch):
    found = notebook("import os\nprint(os.getpid(), 'AUTOGRADER_WALL' in os.environ)", "1 / 0")
    client = NotebookClient(found, kernel_name="autograder", allow_errors=True)
    client.execute()
    assert text(found.cells[0]) == "1 False\n"
    assert found.cells[1].outputs[0].ename == "ZeroDivisionError"


def test_an_interrupt_reaches_the_kernel():
    found = notebook("import time\ntime.sleep(60)", "print('on')")
    client = NotebookClient(found, kernel_name="autograder", timeout=2, interrupt_on_timeout=True, allow_errors=True)
    start = time.monotonic()
    client.execute()
    assert time.monotonic() - start < 50  # that it did not sleep to the end, no speed
    assert found.cells[0].outputs[-1].ename == "KeyboardInterrupt"
    assert text(found.cells[1]) == "on\n"
