"""IPython's commands taken out of cells, line for line, and nothing else touched."""

import pytest

from autograder.submission.magics import neutralise


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("%matplotlib inline\nx = 1", "pass  # %matplotlib inline\nx = 1"),
        ("!pip install einops\nx = 1", "pass  # !pip install einops\nx = 1"),
        ("?print", "pass  # ?print"),
        ("print?", "pass  # print?"),
        ("np.linalg.norm??", "pass  # np.linalg.norm??"),
        ("%timeit?", "pass  # %timeit?"),
        ("if x:\n    %load_ext thing\n", "if x:\n    pass  # %load_ext thing\n"),
        ("files = !ls *.py", "files = []  # !ls *.py"),
        ("a, b = %sx ls", "a, b = None  # %sx ls"),
        ("here = %pwd", "here = None  # %pwd"),
        ("%time y = f(3)", "y = f(3)"),
        ("    %time f(", "    pass  # %time f("),
        ("t = %time f(3)", "t = f(3)  # %time f(3)"),
        ("%%time\nx = 1", "# %%time\nx = 1"),
        ("\n%%capture out\n%%time\nx = 1", "\n# %%capture out\n# %%time\nx = 1"),
        ("%%time\n%matplotlib inline\nx = 1", "# %%time\npass  # %matplotlib inline\nx = 1"),
        ("!ls \\\n  -l\nx = 1", "pass  # !ls \\\n#   -l\nx = 1"),
    ],
)
def test_commands_become_python(before, after):
    plain = neutralise(before)
    assert plain.source == after
    assert plain.source.count("\n") == before.count("\n")


@pytest.mark.parametrize("name", ["bash", "html", "javascript", "writefile x.py", "script python", "", "unheard_of"])
def test_cells_in_other_languages_are_emptied_and_named(name):
    plain = neutralise(f"%%{name}\nrm -rf ~")
    assert plain.source == ""
    assert plain.left_out == (f"`%%{name.split(' ')[0]}`",)


def test_shell_commands_are_named():
    assert neutralise("%matplotlib inline\n!pip install x\nfiles = !ls").left_out == (
        "`!pip install x`",
        "`files = !ls`",
    )


def test_what_is_named_is_safe_to_print():
    assert neutralise("!ls \x1b[31m").left_out == ("`!ls \\x1b[31m`",)
    assert len(neutralise("!ls " + "x" * 500).left_out[0]) < 90


@pytest.mark.parametrize(
    "source",
    [
        "x = (5\n% 3)",
        "x = 5 \\\n% 3",
        's = """\n%matplotlib inline\n!ls\nwhat?\n%%bash\n"""',
        "a %= b",
        "x = a % b",
        "print('!ls')",
        "x != y",
        "d = {'a': 1,\n'b': 2}",
        "def f(:\n    broken",
        "x = 'what?'",
    ],
)
def test_python_and_plain_errors_are_left_alone(source):
    assert neutralise(source) == (source, ())


@pytest.mark.parametrize(
    "source",
    [
        's = """\n%matplotlib inline\n!ls\n"""',
        "s = '''it's\n!ls'''",
        's = ("a" # """ (\n  "b")\nt = """\n!ls"""',
        "s = f(1,\n%  2)",
        's = "a\\"b" + """\n!ls\n"""',
        "x = [1,\n# )\n%  2]",
        'e = ""\ns = """\n!ls"""',
        "s = 1 + \\\n% 2",
    ],
)
def test_strings_and_brackets_beside_a_command_are_left_alone(source):
    assert neutralise(f"%time\n{source}\n!ls").source == f"pass  # %time\n{source}\npass  # !ls"


def test_calls_of_ipython_become_pass():
    source = (
        "get_ipython().run_line_magic('matplotlib', 'inline')\nif x:\n    get_ipython().system(\n 'ls')  # c\ny = 1"
    )
    assert neutralise(source).source == (
        "pass  # get_ipython().run_line_magic('matplotlib', 'inline')\n"
        "if x:\n    pass  # get_ipython().system(\n\ny = 1"
    )


def test_a_timed_cell_of_nbconvert_is_its_python():
    assert neutralise("get_ipython().run_cell_magic('time', '', 'x = 1\\n')\n").source == "x = 1\n"
    assert neutralise("get_ipython().run_cell_magic('bash', '', 'ls')").source.startswith("pass")


def test_a_call_that_shares_its_line_stays():
    assert neutralise("x = 1; check()").source == "x = 1; check()"


def test_long_lines_take_no_time():
    source = "!\n" + ("a" + " " * 3000 + "b=\n") * 300
    assert neutralise(source).source.startswith("pass")
