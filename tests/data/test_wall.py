"""What an untrusted worker gets: the training part, from files that hold nothing else."""

import os

import numpy as np
import pytest
import torch

from autograder.data import TRAIN_VARIABLE, bundled_folder, label_sources, load, load_train, train_archive
from autograder.errors import DataError

IMAGES = "bundled-train-images.npy"
LABELS = "bundled-train-labels.npy"


class Trap:
    """Unpickling this would make a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (self.path, "w")


@pytest.fixture
def folder(tmp_path):
    return train_archive("bundled", tmp_path / "train")


@pytest.fixture
def walled(folder, monkeypatch):
    monkeypatch.setenv(TRAIN_VARIABLE, str(folder))
    return folder


def test_archive_holds_the_training_part_the_backbone_and_nothing_else(folder):
    data = load()
    assert sorted(path.name for path in folder.iterdir()) == ["backbone.safetensors", IMAGES, LABELS]
    images, labels = load_train(folder, "bundled")
    assert torch.equal(images, data.train_images)
    assert torch.equal(labels, data.train_labels)
    assert images.dtype == torch.float32
    assert labels.dtype == torch.int64


def test_archive_of_mnist(own_folder, tmp_path):
    folder = train_archive("mnist", tmp_path / "train")
    images, labels = load_train(folder, "mnist")
    assert torch.equal(images, load("mnist").train_images)
    assert labels.tolist() == [i % 10 for i in range(30)]


def test_complete_archive_is_left_alone(folder):
    before = {path.name: path.stat().st_ino for path in folder.iterdir()}
    train_archive("bundled", folder)
    assert {path.name: path.stat().st_ino for path in folder.iterdir()} == before


@pytest.mark.parametrize("name", [IMAGES, LABELS])
@pytest.mark.parametrize(
    "damage", [lambda content: content[:-8], lambda content: b"", lambda content: content[:-8] + b"\1" * 8]
)
def test_torn_or_outdated_archive_is_written_again(folder, name, damage):
    good = (folder / name).read_bytes()
    (folder / name).write_bytes(damage(good))
    train_archive("bundled", folder)
    assert (folder / name).read_bytes() == good
    assert len(list(folder.iterdir())) == 3


def test_failed_write_leaves_neither_file_nor_rest(tmp_path, monkeypatch):
    def full(*arguments):
        raise OSError("no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        train_archive("bundled", tmp_path / "train")
    assert list((tmp_path / "train").iterdir()) == []


def test_load_behind_the_wall_has_no_test_part(walled):
    data = load("bundled")
    assert data.train_images.shape == (1437, 1, 28, 28)
    assert data.test_images.shape == (0, 1, 28, 28)
    assert data.test_images.dtype == torch.float32
    assert data.test_labels.shape == (0,)
    assert data.test_labels.dtype == torch.int64


def test_load_behind_the_wall_opens_only_the_training_files(walled, monkeypatch):
    from autograder.data import bundled

    def covered(name):
        raise AssertionError(f"opened {name}")

    monkeypatch.setattr(bundled, "bundled_file", covered)
    assert len(load("bundled").train_labels) == 1437


def test_files_may_be_read_only_and_changes_stay_in_the_process(walled):
    before = (walled / IMAGES).read_bytes()
    for path in walled.iterdir():
        path.chmod(0o444)
    data = load("bundled")
    data.train_images.zero_()
    data.train_labels.zero_()
    assert (walled / IMAGES).read_bytes() == before
    assert load("bundled").train_images.abs().sum() > 0


def test_missing_profile_behind_the_wall_names_file_and_fix(walled):
    with pytest.raises(DataError, match=r"mnist-train-images\.npy is not a usable training file .*: delete it and run"):
        load("mnist")


def test_unknown_profile_behind_the_wall(walled):
    with pytest.raises(DataError, match="no data profile"):
        load("../bundled")


@pytest.mark.parametrize(
    ("name", "array"),
    [
        (IMAGES, np.zeros((1437, 28, 28), dtype=np.float32)),
        (IMAGES, np.zeros((1437, 1, 28, 28), dtype=np.float64)),
        (LABELS, np.zeros(1436, dtype=np.int64)),
        (LABELS, np.zeros(1437, dtype=np.int32)),
    ],
)
def test_files_that_do_not_belong_together_are_refused(folder, name, array):
    np.save(folder / name, array)
    with pytest.raises(DataError, match=rf"{name} is not a usable training file \(it holds"):
        load_train(folder, "bundled")


def test_pickled_training_file_is_refused_unopened(folder, tmp_path):
    np.save(folder / LABELS, np.array([Trap(str(tmp_path / "sprung"))] * 2, dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="not a usable training file"):
        load_train(folder, "bundled")
    assert not (tmp_path / "sprung").exists()


def test_label_sources_name_what_a_wall_covers(own_folder, tmp_path):
    assert label_sources() == [bundled_folder() / "digits.npz", tmp_path / "own"]
    (tmp_path / "cache").mkdir()
    assert label_sources() == [bundled_folder() / "digits.npz", tmp_path / "cache", tmp_path / "own"]
