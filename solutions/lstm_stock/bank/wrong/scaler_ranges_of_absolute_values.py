"""question: scaler
mistake: The range is the largest absolute value less the minimum.
"""

import numpy as np


class MinMaxScaler:
    def fit(self, rows):
        self.low = rows.min(axis=0)
        span = np.abs(rows).max(axis=0) - self.low
        self.span = np.where(span == 0, 1.0, span)
        return self

    def transform(self, rows):
        return (rows - self.low) / self.span

    def inverse_close(self, values):
        return values * float(self.span[-1]) + float(self.low[-1])
