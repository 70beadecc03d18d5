"""The weights of `transfer`'s network: what they are, and that both sides of the wall get the same."""

import hashlib
import importlib.util
import shutil
from pathlib import Path

import pytest
import torch

from autograder.data import TRAIN_VARIABLE, ImageData, bundled, bundled_folder, load, load_backbone, train_archive
from autograder.errors import DataError
from autograder.notebook import load_module

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def network():
    return load_module(ROOT / "solutions" / "transfer" / "transfer.py", "transfer").SmallResNet(10)


@pytest.fixture
def maker():
    spec = importlib.util.spec_from_file_location("make_backbone", ROOT / "datasets" / "make_backbone.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def walled(tmp_path, monkeypatch):
    folder = train_archive("bundled", tmp_path / "train")
    monkeypatch.setenv(TRAIN_VARIABLE, str(folder))
    return folder


def test_it_is_the_state_of_the_given_network(network):
    network.load_state_dict(load_backbone())
    assert sum(parameter.numel() for parameter in network.parameters()) == 77_754
    assert (bundled_folder() / "backbone.safetensors").stat().st_size < 1_000_000


def test_it_knows_digits(network, maker):
    network.load_state_dict(load_backbone())
    assert maker.accuracy(network, load("bundled")) == pytest.approx(0.717, abs=0.01)  # of digits it was not trained on


def test_changing_a_result_leaves_the_next_one_alone():
    load_backbone()["fc.bias"].fill_(7)
    assert load_backbone()["fc.bias"].abs().max() < 7


def test_both_sides_of_the_wall_get_the_same(walled, monkeypatch):
    inside = load_backbone()
    monkeypatch.delenv(TRAIN_VARIABLE)
    outside = load_backbone()
    assert inside.keys() == outside.keys()
    assert all(torch.equal(inside[name], outside[name]) for name in outside)


def test_damaged_weights_behind_the_wall_are_repaired_by_the_next_run(walled):
    path = walled / "backbone.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(DataError) as error:
        load_backbone()
    assert str(path) in str(error.value)
    assert "delete it and run the command again" in str(error.value)
    path.write_bytes(b"")
    with pytest.raises(DataError, match="no usable weights"):
        load_backbone()


def test_archive_writes_damaged_weights_anew(tmp_path):
    folder = train_archive("bundled", tmp_path / "train")
    path = folder / "backbone.safetensors"
    path.write_bytes(b"damaged")
    train_archive("bundled", folder)
    assert path.read_bytes() == (bundled_folder() / "backbone.safetensors").read_bytes()


def test_changed_weights_are_not_loaded(tmp_path, monkeypatch):
    folder = tmp_path / "datasets"
    folder.mkdir()
    for name in ("backbone.safetensors", "SHA256SUMS"):
        shutil.copyfile(bundled_folder() / name, folder / name)
    content = bytearray((folder / "backbone.safetensors").read_bytes())
    content[-1] ^= 1
    (folder / "backbone.safetensors").write_bytes(content)
    monkeypatch.setattr(bundled, "bundled_folder", lambda: folder)
    with pytest.raises(DataError, match="damaged"):
        load_backbone()


def test_script_notes_what_it_made(maker, tmp_path, monkeypatch):
    few = load("bundled")
    few = ImageData("few", few.train_images[:200], few.train_labels[:200], few.test_images, few.test_labels)
    monkeypatch.setattr(maker, "load", lambda profile: few)
    monkeypatch.setattr("sys.argv", ["make_backbone.py", str(tmp_path)])
    maker.main()
    content = (tmp_path / "backbone.safetensors").read_bytes()
    assert (tmp_path / "SHA256SUMS").read_text() == f"{hashlib.sha256(content).hexdigest()}  backbone.safetensors\n"
    assert len(content) == (bundled_folder() / "backbone.safetensors").stat().st_size
