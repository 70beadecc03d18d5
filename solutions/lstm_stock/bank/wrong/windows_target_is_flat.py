"""question: windows
mistake: y has shape (n,) and not (n, 1): subtracted from predictions (n, 1) it becomes a matrix.
"""

import numpy as np
import torch


def make_windows(rows, length):
    windows = [rows[start : start + length] for start in range(len(rows) - length)]
    X = torch.tensor(np.array(windows), dtype=torch.float32)
    y = torch.tensor(rows[length:, -1], dtype=torch.float32)
    return X, y
