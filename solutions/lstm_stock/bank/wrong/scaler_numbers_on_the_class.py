"""question: scaler
mistake: Minimum and range are kept on the class, so fitting one scaler changes all the others.
"""

import numpy as np


class MinMaxScaler:
    def fit(self, rows):
        MinMaxScaler.low = rows.min(axis=0)
        span = rows.max(axis=0) - self.low
        MinMaxScaler.span = np.where(span == 0, 1.0, span)
        return self

    def transform(self, rows):
        return (rows - self.low) / self.span

    def inverse_close(self, values):
        return values * float(self.span[-1]) + float(self.low[-1])
