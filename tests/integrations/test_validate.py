"""`nbgrader validate` and its button give the public checks."""

import json
import shutil

from nbgrader.validator import Validator


def test_validate_says_what_the_public_checks_say(toy_classroom, toy):
    """A wrong answer with its reason; a missing one; and a right one, though it warns."""
    folder = toy_classroom.root.parent / "mine" / "toy"
    shutil.copytree(toy_classroom.root / "assignments" / "toy", folder)
    warns = "import sys\n\ndef double(x):\n    print('careful', file=sys.stderr)\n    return 2 * x"
    path = folder / "toy.ipynb"
    path.write_text(json.dumps(toy.notebook(double=warns, counter="class Counter:\n    pass")))
    said = toy_classroom.nbgrader("validate", path, cwd=folder)
    assert "VALIDATION FAILED ON 1 CELL(S)!" in said
    assert 'check("toy", question="counter")' in said
    assert "Remember the total in self." in said
    path.write_text(json.dumps(toy.notebook(double=warns)))
    assert "Success! Your notebook passes all the tests." in toy_classroom.nbgrader("validate", path, cwd=folder)
    stub = toy_classroom.root / "assignments" / "toy" / "toy.ipynb"
    assert "VALIDATION FAILED ON 3 CELL(S)!" in toy_classroom.nbgrader("validate", stub, cwd=stub.parent)


def test_the_validate_button(toy_classroom, toy):
    """The same from the class the server asks when the button is pressed."""
    folder = toy_classroom.root.parent / "mine" / "toy"
    shutil.copytree(toy_classroom.root / "assignments" / "toy", folder)
    (folder / "toy.ipynb").write_text(json.dumps(toy.notebook(counter="class Counter:\n    pass")))
    (failed,) = Validator().validate(str(folder / "toy.ipynb"))["failed"]
    assert failed["source"] == 'check("toy", question="counter")'
    assert "Remember the total in self." in failed["raw_error"]
