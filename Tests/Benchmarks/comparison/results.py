"""Every run's figures, kept in a file from the first on, and what several of them say together."""

import json
import statistics
from pathlib import Path


class Results:
    def __init__(self, file: Path, about):
        self._file, self.about, self.runs = file, about, []

    def add(self, scenario, proxy, repetition, values):
        self.runs.append({"scenario": scenario, "proxy": proxy, "repetition": repetition, "values": values})
        self._file.write_text(json.dumps({"about": self.about, "runs": self.runs}, indent=1))

    @classmethod
    def read(cls, file: Path):
        document = json.loads(file.read_text())
        results = cls(file, document["about"])
        results.runs = document["runs"]
        return results

    def scenarios(self):
        return list(dict.fromkeys(run["scenario"] for run in self.runs))

    def proxies(self, scenario):
        return list(dict.fromkeys(run["proxy"] for run in self.runs if run["scenario"] == scenario))

    def series(self, scenario, proxy, value):
        """One value's figures by repetition."""
        return {run["repetition"]: run["values"][value] for run in self.runs
                if run["scenario"] == scenario and run["proxy"] == proxy and value in run["values"]}

    def spread(self, scenario, proxy, value):
        return Spread.of(self.series(scenario, proxy, value).values())

    def ratio(self, scenario, above, below, value):
        """One proxy's figure over another's, of each repetition for itself: what slows the machine slows both."""
        first, second = self.series(scenario, above, value), self.series(scenario, below, value)
        return Spread.of(first[key] / second[key] for key in first if second.get(key))

    def difference(self, scenario, proxy, base, value):
        first, second = self.series(scenario, proxy, value), self.series(scenario, base, value)
        return Spread.of(first[key] - second[key] for key in first if key in second)


class Spread:
    """The median of repetitions, and the smallest and largest of them."""

    def __init__(self, median, smallest, largest):
        self.median, self.smallest, self.largest = median, smallest, largest

    @classmethod
    def of(cls, figures):
        figures = list(figures)
        return cls(statistics.median(figures), min(figures), max(figures)) if figures else None

    def text(self, digits=1):
        if self.smallest == self.largest:
            return f"{self.median:,.{digits}f}"
        return f"{self.median:,.{digits}f} ({self.smallest:,.{digits}f}–{self.largest:,.{digits}f})"
