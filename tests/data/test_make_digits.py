"""The maker script makes the shipped file."""

import importlib.util
import shutil
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

DATASETS = Path(__file__).resolve().parents[2] / "datasets"
# zlib-ng packs the same bytes differently.
SAME_PACKER = "ng" not in zlib.ZLIB_RUNTIME_VERSION


@pytest.fixture
def maker():
    spec = importlib.util.spec_from_file_location("make_digits", DATASETS / "make_digits.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def read(path):
    with np.load(path, allow_pickle=False) as archive:
        return dict(archive)


@pytest.mark.skipif(not SAME_PACKER, reason="this Python packs with zlib-ng")
def test_packing_the_shipped_arrays_gives_the_shipped_bytes(maker):
    assert maker.pack(read(DATASETS / "digits.npz")) == (DATASETS / "digits.npz").read_bytes()


def test_script_makes_the_shipped_file(tmp_path):
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    shutil.copyfile(DATASETS / "SHA256SUMS", tmp_path / "SHA256SUMS")
    subprocess.run([sys.executable, str(DATASETS / "make_digits.py"), str(tmp_path)], check=True, capture_output=True)
    made, shipped = read(tmp_path / "digits.npz"), read(DATASETS / "digits.npz")
    assert list(made) == list(shipped) == ["images", "labels", "train", "test"]
    for name, array in shipped.items():
        assert made[name].dtype == array.dtype
        assert np.array_equal(made[name], array)
    if SAME_PACKER:
        assert (tmp_path / "digits.npz").read_bytes() == (DATASETS / "digits.npz").read_bytes()
        assert (tmp_path / "SHA256SUMS").read_text() == (DATASETS / "SHA256SUMS").read_text()


def test_checksum_of_one_file_leaves_the_others(maker, tmp_path):
    sums = tmp_path / "SHA256SUMS"
    sums.write_text("aa  b.csv\nbb  digits.npz\n\n")
    maker.note_checksum(sums, "digits.npz", b"")
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert sums.read_text() == f"aa  b.csv\n{digest}  digits.npz\n"
