"""Make `digits.npz` from scikit-learn's copy of the UCI optical digits, byte for byte the same every time.

Needs scikit-learn, which the kit itself does not. `python datasets/make_digits.py` writes digits.npz beside this file
and sets its line in SHA256SUMS.
"""

import argparse
import hashlib
import io
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).parent
TEST_SIZE = 360


def read_digits() -> dict[str, NDArray[Any]]:
    """Return images (1797, 8, 8) and labels (1797,) as uint8, and the row numbers of both parts as uint16."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    labels = digits.target.astype(np.uint8)
    # Stratified, because the file's own order puts much harder scans last.
    train, test = train_test_split(np.arange(len(labels)), stratify=labels, random_state=0, test_size=TEST_SIZE)
    return {
        "images": digits.images.astype(np.uint8),
        "labels": labels,
        "train": train.astype(np.uint16),
        "test": test.astype(np.uint16),
    }


def pack(arrays: dict[str, NDArray[Any]]) -> bytes:
    """Return the bytes of a compressed .npz which, unlike that of `np.savez_compressed`, holds no date."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        for name, array in arrays.items():
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), version=(1, 0), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3  # Unix, on every system
            entry.external_attr = 0o644 << 16
            target.writestr(entry, member.getvalue(), zipfile.ZIP_DEFLATED, compresslevel=9)
    return archive.getvalue()


def note_checksum(sums: Path, name: str, content: bytes) -> None:
    """Set the line of file `name` in `sums` to the SHA-256 of `content`; the other lines stay."""
    lines = sums.read_text(encoding="utf-8").splitlines() if sums.exists() else []
    kept = [line for line in lines if line.strip() and line.split(maxsplit=1)[1:] != [name]]
    kept.append(f"{hashlib.sha256(content).hexdigest()}  {name}")
    kept.sort(key=lambda line: line.split(maxsplit=1)[1])
    sums.write_text("\n".join(kept) + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    """Write the file and its checksum."""
    parser = argparse.ArgumentParser(description="Make digits.npz from scikit-learn's copy of the UCI optical digits.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE, help="where to write (default: beside this file)")
    folder = parser.parse_args().folder
    content = pack(read_digits())
    (folder / "digits.npz").write_bytes(content)
    note_checksum(folder / "SHA256SUMS", "digits.npz", content)
    print(f"{folder / 'digits.npz'}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
