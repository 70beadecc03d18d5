"""question: scaler
mistake: inverse_close multiplies by the range but does not add the minimum again.
"""

import numpy as np


class MinMaxScaler:
    def fit(self, rows):
        self.low = rows.min(axis=0)
        span = rows.max(axis=0) - self.low
        self.span = np.where(span == 0, 1.0, span)
        return self

    def transform(self, rows):
        return (rows - self.low) / self.span

    def inverse_close(self, values):
        return values * float(self.span[-1])
