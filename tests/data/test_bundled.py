"""The shipped digits: what they are, how they are framed, and that damage is noticed."""

import hashlib
import io
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate, pad

from autograder.data import MEAN, STD, bundled, bundled_file, bundled_folder, few_labels, load
from autograder.errors import DataError

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def arrays():
    with np.load(bundled_folder() / "digits.npz", allow_pickle=False) as archive:
        return dict(archive)


@pytest.fixture
def copied(monkeypatch, tmp_path):
    """A copy of the shipped folder that the loader uses instead."""
    folder = tmp_path / "datasets"
    folder.mkdir()
    for name in ("digits.npz", "SHA256SUMS"):
        shutil.copyfile(bundled_folder() / name, folder / name)
    monkeypatch.setattr(bundled, "bundled_folder", lambda: folder)
    return folder


def framed_by_hand(scan):
    """The definition in fractions, pixel by pixel."""
    image = [[Fraction(0)] * 28 for _ in range(28)]
    for row in range(20):
        for column in range(20):
            value = Fraction(0)
            for weight_y, y in neighbours(row):
                for weight_x, x in neighbours(column):
                    value += weight_y * weight_x * Fraction(int(scan[y, x]), 16)
            image[row + 4][column + 4] = value
    return torch.tensor([[(float(value) - 0.1307) / 0.3081 for value in row] for row in image])


def neighbours(index):
    position = max(Fraction(8, 20) * (index + Fraction(1, 2)) - Fraction(1, 2), Fraction(0))
    first = int(position)
    return [(1 - (position - first), first), (position - first, min(first + 1, 7))]


def test_shapes_and_types():
    data = load("bundled")
    assert data.name == "bundled"
    assert data.train_images.shape == (1437, 1, 28, 28)
    assert data.test_images.shape == (360, 1, 28, 28)
    assert data.train_labels.shape == (1437,)
    assert data.test_labels.shape == (360,)
    assert data.train_images.dtype == data.test_images.dtype == torch.float32
    assert data.train_labels.dtype == data.test_labels.dtype == torch.int64
    assert repr(data) == "ImageData('bundled': 1,437 training and 360 test images)"


@pytest.mark.parametrize("row", [0, 7, 359])
def test_framing_of_one_digit_is_exact(arrays, row):
    expected = framed_by_hand(arrays["images"][arrays["test"][row]])
    torch.testing.assert_close(load().test_images[row, 0], expected, rtol=0, atol=5e-7)


def test_framing_is_that_of_interpolate(arrays):
    scans = torch.from_numpy(arrays["images"].astype(np.float32))[:, None] / 16
    upscaled = interpolate(scans, size=(20, 20), mode="bilinear", align_corners=False)
    expected = (pad(upscaled, (4, 4, 4, 4)) - MEAN) / STD
    torch.testing.assert_close(load().train_images, expected[arrays["train"].astype(int)], rtol=0, atol=2e-6)


def test_background_is_the_same_as_of_mnist():
    zero = (np.float32(0) - np.float32(0.1307)) / np.float32(0.3081)
    assert load().train_images[:, :, :4].unique().tolist() == [float(zero)]


def test_split_is_disjoint_complete_and_stratified(arrays):
    rows = np.concatenate([arrays["train"], arrays["test"]])
    assert sorted(rows) == list(range(1797))
    everything = np.bincount(arrays["labels"], minlength=10)
    tested = np.bincount(arrays["labels"][arrays["test"]], minlength=10)
    assert np.abs(tested - everything * 360 / 1797).max() < 1


def test_labels_belong_to_their_images(arrays):
    data = load()
    assert data.train_labels.tolist() == arrays["labels"][arrays["train"]].tolist()
    assert data.test_labels.tolist() == arrays["labels"][arrays["test"]].tolist()


def test_changing_a_result_in_place_leaves_the_next_one_alone():
    first = load()
    first.train_images.zero_()
    first.test_labels.fill_(-1)
    assert load().train_images.abs().sum() > 0
    assert load().test_labels.min() == 0


def test_few_labels_are_as_many_of_each_class_and_another_choice_with_another_seed():
    data = load()
    images, labels = few_labels(data, 5, 3)
    assert np.bincount(labels).tolist() == [5] * 10
    known = {
        image.numpy().tobytes(): int(label) for image, label in zip(data.train_images, data.train_labels, strict=True)
    }
    assert [known[image.numpy().tobytes()] for image in images] == labels.tolist()
    assert len({image.numpy().tobytes() for image in images}) == 50
    assert torch.equal(few_labels(data, 5, 3)[0], images)
    assert not torch.equal(few_labels(data, 5, 4)[0], images)


def test_one_flipped_bit_names_file_and_fix(copied):
    path = copied / "digits.npz"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(DataError) as error:
        load()
    assert str(path) in str(error.value)
    assert "damaged" in str(error.value)
    assert "git checkout datasets" in str(error.value)


def test_missing_file_names_file_and_fix(copied):
    (copied / "digits.npz").unlink()
    with pytest.raises(DataError, match=r"digits\.npz cannot be read .*: restore it with `git checkout datasets`"):
        load()


def test_file_without_checksum_is_refused(copied):
    (copied / "new.csv").write_text("1,2\n")
    with pytest.raises(DataError, match=r"SHA256SUMS has no line for new\.csv: add one"):
        bundled_file("new.csv")


def test_checksum_lines_of_sha256sum_are_understood(copied):
    (copied / "new.csv").write_bytes(b"1,2\n")
    digest = hashlib.sha256(b"1,2\n").hexdigest()
    (copied / "SHA256SUMS").write_bytes(f"{digest.upper()} *new.csv\r\n\r\n".encode())
    assert bundled_file("new.csv") == (copied / "new.csv", b"1,2\n")


def test_every_listed_file_is_as_shipped():
    listed = (bundled_folder() / "SHA256SUMS").read_text().splitlines()
    assert any(line.endswith("  digits.npz") for line in listed)
    for line in listed:
        assert bundled_file(line.split(maxsplit=1)[1]).content


def test_pickled_arrays_are_refused(copied):
    content = io.BytesIO()
    np.savez(content, images=np.array([{}], dtype=object), labels=np.zeros(1))
    (copied / "digits.npz").write_bytes(content.getvalue())
    (copied / "SHA256SUMS").write_text(f"{hashlib.sha256(content.getvalue()).hexdigest()}  digits.npz\n")
    with pytest.raises(ValueError, match="allow_pickle=False"):
        load()


def test_installed_folder_wins_over_a_neighbour_called_datasets(monkeypatch, tmp_path):
    monkeypatch.setattr(bundled, "__file__", str(tmp_path / "autograder" / "data" / "bundled.py"))
    for folder in ("autograder/_datasets", "datasets"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "SHA256SUMS").touch()
    assert bundled.bundled_folder() == tmp_path / "autograder" / "_datasets"


def test_foreign_folder_called_datasets_is_not_taken(monkeypatch, tmp_path):
    monkeypatch.setattr(bundled, "__file__", str(tmp_path / "autograder" / "data" / "bundled.py"))
    (tmp_path / "datasets").mkdir()
    with pytest.raises(DataError, match="install autograder again"):
        bundled.bundled_folder()


def test_unknown_profile_names_the_two():
    with pytest.raises(DataError, match=r'no data profile \'digits\': use data="bundled" or data="mnist"'):
        load("digits")


def test_torchvision_is_not_imported():
    code = "import sys; from autograder.data import load; load(); sys.exit('torchvision' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=ROOT).returncode == 0
