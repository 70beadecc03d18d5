"""question: windows
mistake: X and y keep the float64 of the rows, which no float32 network takes.
"""

import numpy as np
import torch


def make_windows(rows, length):
    windows = [rows[start : start + length] for start in range(len(rows) - length)]
    X = torch.tensor(np.array(windows), dtype=torch.float64)
    y = torch.tensor(rows[length:, -1:], dtype=torch.float64)
    return X, y
