"""The image data of the course: two profiles with the same shapes, loaded offline and without pickle.

- `bundled`: UCI optical digits, 1,437 training and 360 test images, shipped with the kit.
- `mnist`: MNIST, 60,000 and 10,000, from the folder AUTOGRADER_DATA names, else the cache, else a download.

`load_backbone` gives the weights of a network trained on MNIST, for the assignment `transfer`.

    >>> digits = load("bundled")
    >>> digits.train_images.shape
    torch.Size([1437, 1, 28, 28])

Behind the wall the test part does not exist. The trusted side calls `train_archive` and starts the worker with
AUTOGRADER_TRAIN_DATA naming that folder; there `load` gives the training part and an empty test part.
`label_sources` lists what the wall has to cover.
"""

from autograder.data.archive import TRAIN_VARIABLE, load_train
from autograder.data.backbone import load_backbone
from autograder.data.bundled import bundled_file, bundled_folder
from autograder.data.images import MEAN, STD, ImageData, few_labels
from autograder.data.mnist import DATA_VARIABLE, mnist_at_hand
from autograder.data.profiles import PROFILES, label_sources, load, train_archive

__all__ = [
    "DATA_VARIABLE",
    "MEAN",
    "PROFILES",
    "STD",
    "TRAIN_VARIABLE",
    "ImageData",
    "bundled_file",
    "bundled_folder",
    "few_labels",
    "label_sources",
    "load",
    "load_backbone",
    "load_train",
    "mnist_at_hand",
    "train_archive",
]
