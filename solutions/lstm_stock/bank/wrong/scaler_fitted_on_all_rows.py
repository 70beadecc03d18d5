"""question: scaler
mistake: The range grows with every row that transform is shown: test rows have their say in how training rows are scaled.
"""

import numpy as np


class MinMaxScaler:
    def fit(self, rows):
        self.low = rows.min(axis=0)
        span = rows.max(axis=0) - self.low
        self.span = np.where(span == 0, 1.0, span)
        return self

    def transform(self, rows):
        low = np.minimum(self.low, rows.min(axis=0))
        high = np.maximum(self.low + self.span, rows.max(axis=0))
        self.low, self.span = low, high - low
        return (rows - self.low) / self.span

    def inverse_close(self, values):
        return values * float(self.span[-1]) + float(self.low[-1])
