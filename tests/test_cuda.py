"""Grading on a GPU: the child behind the wall opens CUDA after the fork; results come back on the CPU."""

from pathlib import Path

import nbformat
import pytest
import torch
from nbclient import NotebookClient

from autograder.course import load_course
from autograder.errors import KitError
from autograder.grading.job import Conditions, Job
from autograder.grading.pool import grade_all
from autograder.integrations.kernels import kernels
from autograder.sandbox.proxy import Submission
from autograder.sandbox.session import Session
from autograder.sandbox.transports import Walled
from autograder.sandbox.wall import Wall
from autograder.submission import CodeCell
from autograder.verify import cases_of

ROOT = Path(__file__).parent.parent
pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="torch finds no CUDA device here"),
]
CODE = """
import torch

def where(x):
    return str(x.device)

def double(x):
    return 2 * x

def fill(n):
    return [torch.zeros(2**28, device="cuda") for _ in range(n)]
"""


@pytest.fixture(scope="module")
def submission():
    limits = load_course(ROOT, check_sources=False).assignments["im2col"].limits
    settings = {**limits.model_dump(), "data": "bundled", "threads": 1, "module": "submission", "data_folder": ""}
    wall = Wall(device="cuda")
    session = Session(Walled(wall, settings), [CodeCell("a", "cell 1", CODE, "answer")], check_seconds=60)
    session.start()
    yield Submission(session)
    session.close()
    wall.close()


def test_tensors_arrive_on_the_device_and_return_on_the_cpu(submission):
    x = torch.arange(6.0)
    assert submission.where(submission.on("cuda", x)) == "cuda:0"
    back = submission.double(submission.on("cuda", x))
    assert back.device.type == "cpu"
    assert torch.equal(back, 2 * x)


@pytest.mark.parametrize("name", sorted(load_course(ROOT, check_sources=False).assignments))
def test_reference_keeps_every_point_on_cuda(name, tmp_path):
    course = load_course(ROOT)
    case = next(case for case in cases_of(course.assignments[name], tmp_path) if case.name == "reference")
    conditions = Conditions(str(ROOT), device="cuda", seed=course.seed)
    [(_, result)] = grade_all([Job("student", name, str(case.path))], conditions, 1)
    assert not isinstance(result, KitError), str(result)
    lost = [(check["name"], check["message"]) for check in result["checks"] if check["outcome"] != "passed"]
    assert not lost
    assert result["status"] == "graded", result
    assert result["points"] == course.assignments[name].points
    assert result["device"] == "cuda"


@pytest.mark.filterwarnings("ignore")  # those of papermill's own libraries
def test_a_kernel_behind_the_wall_opens_the_gpu_it_was_given():
    code = "import torch\ntorch.ones(3, device='cuda').sum().item(), torch.cuda.device_count()"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    client = NotebookClient(notebook, kernel_name="autograder")
    try:
        client.execute(environment={"CUDA_VISIBLE_DEVICES": "0"})
    finally:
        kernels.close()
    assert notebook.cells[0].outputs[0].data["text/plain"] == "(3.0, 1)"
