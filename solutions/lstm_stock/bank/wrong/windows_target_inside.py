"""question: windows
mistake: The target is the close of the last day in the window: the network only has to copy it.
"""

import numpy as np
import torch


def make_windows(rows, length):
    windows = [rows[start : start + length] for start in range(len(rows) - length)]
    X = torch.tensor(np.array(windows), dtype=torch.float32)
    y = torch.tensor(rows[length - 1 : -1, -1:], dtype=torch.float32)
    return X, y
