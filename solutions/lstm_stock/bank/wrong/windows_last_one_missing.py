"""question: windows
mistake: The last window is missing: range ends one too early.
"""

import numpy as np
import torch


def make_windows(rows, length):
    windows = [rows[start : start + length] for start in range(len(rows) - length - 1)]
    X = torch.tensor(np.array(windows), dtype=torch.float32)
    y = torch.tensor(rows[length:-1, -1:], dtype=torch.float32)
    return X, y
