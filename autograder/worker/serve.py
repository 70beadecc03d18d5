"""The loop of a worker process: read a request, answer it, until the grader hangs up."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from autograder.sandbox import frames
from autograder.worker.printed import NobodyTypes, Printed
from autograder.worker.service import Message, Service, new_namespace

ANY_SIZE = 2**40  # from the grader, which is trusted


def train_data(settings: dict[str, Any]) -> Callable[[str], Any]:
    """A reader of the training set by name, each time a fresh copy: what student code does to it stays in that call."""

    def read(name: str) -> Any:
        from autograder import data

        folder = settings.get("data_folder")
        if folder:
            images, labels = data.load_train(Path(folder), settings["data"])
        else:
            loaded = data.load(settings["data"])
            images, labels = loaded.train_images, loaded.train_labels
        return {"train_images": images, "train_labels": labels}[name].clone()

    return read


def serve(reader: frames.Stream, writer: frames.Stream, settings: dict[str, Any]) -> None:
    """Answer requests on `reader` until it ends. What the submission prints is kept in part and counted."""
    max_bytes = int(settings["returned"])

    def exchange(message: Message) -> Message:
        frames.send(writer, frames.pack(*message))
        return frames.receive(reader, ANY_SIZE)

    printed = Printed(int(settings["printed"]))
    sys.stdin, sys.stdout, sys.stderr = NobodyTypes(), printed, printed
    torch.set_num_threads(int(settings.get("threads", 1)))
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    service = Service(
        new_namespace(str(settings["module"])),
        max_bytes=max_bytes,
        data=train_data(settings),
        callback=exchange,
        printed=printed,
    )
    while True:
        try:
            message = frames.receive(reader, ANY_SIZE)
        except EOFError:
            return
        number = message[0].get("id")
        reply, buffers = service.answer(message)
        try:
            pieces = frames.pack({**reply, "id": number}, buffers)
        except frames.Unsendable as error:
            pieces = frames.pack({"refused": str(error), "id": number}, [])
        frames.send(writer, pieces)


def quiet_standard_streams() -> None:
    """Point stdin, stdout and stderr at nothing: prints below Python cost nothing and reading ends at once."""
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    if null > 2:
        os.close(null)
