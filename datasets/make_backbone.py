"""Make `backbone.safetensors`: the weights of `transfer`'s SmallResNet, trained on MNIST; one to two CPU minutes.

Needs the kit installed, and MNIST (from the folder AUTOGRADER_DATA names, else downloaded). The network's definition is
the one students are given, in solutions/transfer/transfer.py. `python datasets/make_backbone.py` writes
backbone.safetensors beside this file, sets its line in SHA256SUMS, and prints the accuracy on the test images of MNIST
and on those of the bundled digits, which it has never seen.
"""

import argparse
import hashlib
from pathlib import Path

import torch
from safetensors.torch import save
from torch import nn
from torch.nn import functional as F

from autograder.data import ImageData, load
from autograder.notebook import load_module

HERE = Path(__file__).parent
SOURCE = HERE.parent / "solutions" / "transfer" / "transfer.py"
NAME = "backbone.safetensors"
EPOCHS, BATCH, HIGHEST_LR = 3, 128, 4e-3


def train_backbone(digits: ImageData, seed: int = 0) -> nn.Module:
    """Return a SmallResNet trained with Adam, one cycle of learning rates up to `HIGHEST_LR`."""
    torch.manual_seed(seed)
    net = load_module(SOURCE, "transfer").SmallResNet(10)
    optimizer = torch.optim.Adam(net.parameters())
    batches = -(-len(digits.train_images) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, HIGHEST_LR, total_steps=EPOCHS * batches)
    for epoch in range(EPOCHS):
        net.train()
        for rows in torch.randperm(len(digits.train_images)).split(BATCH):
            optimizer.zero_grad()
            F.cross_entropy(net(digits.train_images[rows]), digits.train_labels[rows]).backward()
            optimizer.step()
            schedule.step()
        print(f"epoch {epoch + 1}: {accuracy(net, digits):.4f} of MNIST's test images")
    return net.eval()


def accuracy(net: nn.Module, digits: ImageData) -> float:
    """Return the share of the test images that `net` gets right."""
    net.eval()
    with torch.no_grad():
        predicted = torch.cat([net(images).argmax(1) for images in digits.test_images.split(1000)])
    return (predicted == digits.test_labels).double().mean().item()


def note_checksum(sums: Path, name: str, content: bytes) -> None:
    """Set the line of file `name` in `sums` to the SHA-256 of `content`; the other lines stay."""
    lines = sums.read_text(encoding="utf-8").splitlines() if sums.exists() else []
    kept = [line for line in lines if line.strip() and line.split(maxsplit=1)[1:] != [name]]
    kept.append(f"{hashlib.sha256(content).hexdigest()}  {name}")
    kept.sort(key=lambda line: line.split(maxsplit=1)[1])
    sums.write_text("\n".join(kept) + "\n", encoding="utf-8", newline="\n")


def main() -> None:
    """Write the file and its checksum."""
    parser = argparse.ArgumentParser(description="Make backbone.safetensors, SmallResNet trained on MNIST.")
    parser.add_argument("folder", nargs="?", type=Path, default=HERE, help="where to write (default: beside this file)")
    folder = parser.parse_args().folder
    torch.set_num_threads(1)  # as many threads, as many orders of adding up
    net = train_backbone(load("mnist"))
    content = save(net.state_dict())
    (folder / NAME).write_bytes(content)
    note_checksum(folder / "SHA256SUMS", NAME, content)
    print(f"{accuracy(net, load('bundled')):.4f} of the bundled digits' test images, never trained on")
    print(f"{folder / NAME}: {len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
