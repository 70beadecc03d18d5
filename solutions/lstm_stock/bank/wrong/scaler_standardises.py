"""question: scaler
mistake: Rows are standardised by mean and standard deviation, not scaled by minimum and maximum.
"""

import numpy as np


class MinMaxScaler:
    def fit(self, rows):
        self.low = rows.mean(axis=0)
        span = rows.std(axis=0)
        self.span = np.where(span == 0, 1.0, span)
        return self

    def transform(self, rows):
        return (rows - self.low) / self.span

    def inverse_close(self, values):
        return values * float(self.span[-1]) + float(self.low[-1])
