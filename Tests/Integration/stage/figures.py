"""What a test has measured, shown at the end of the run in one table."""


class Figures:
    def __init__(self):
        self.sections = []
        self.texts = []

    def table(self, title, rows, columns=()):
        """`rows`: pairs of what it is and its value, or its values where there are several columns."""
        self.sections.append((title, columns, [(what, values if isinstance(values, (list, tuple)) else [values]) for what, values in rows]))

    def text(self, title, lines):
        """What is told in lines and not in figures."""
        self.texts.append((title, lines))

    def lines(self):
        for title, columns, rows in self.sections:
            width = max([len(what) for what, _ in rows] + [0])
            yield title
            if columns:
                yield "  " + " " * width + "".join(f"{column:>18}" for column in columns)
            for what, values in rows:
                yield f"  {what:{width}}" + "".join(f"{_shown(value):>18}" for value in values)
            yield ""
        for title, lines in self.texts:
            yield from (title, *(f"  {line}" for line in lines), "")


def _shown(value):
    if value is None:
        return ""
    return f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
