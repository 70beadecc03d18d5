"""question: scaler
mistake: A column whose values are all equal is divided by its range, 0, and becomes NaN.
"""


class MinMaxScaler:
    def fit(self, rows):
        self.low = rows.min(axis=0)
        self.span = rows.max(axis=0) - self.low
        return self

    def transform(self, rows):
        return (rows - self.low) / self.span

    def inverse_close(self, values):
        return values * float(self.span[-1]) + float(self.low[-1])
