"""question: scaler
mistake: A second fit keeps the minimum and maximum of the first one.
"""

import numpy as np


class MinMaxScaler:
    def fit(self, rows):
        low, high = rows.min(axis=0), rows.max(axis=0)
        if hasattr(self, "low"):
            low, high = np.minimum(low, self.low), np.maximum(high, self.high)
        self.low, self.high = low, high
        self.span = np.where(high == low, 1.0, high - low)
        return self

    def transform(self, rows):
        return (rows - self.low) / self.span

    def inverse_close(self, values):
        return values * float(self.span[-1]) + float(self.low[-1])
