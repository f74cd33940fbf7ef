"""What /metrics says, read by the official Python parsers."""

from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families


class Exposition:
    def __init__(self, text, is_openmetrics=False):
        self.text = text
        read = openmetrics.text_string_to_metric_families if is_openmetrics else text_string_to_metric_families
        self.families = {family.name: family for family in read(text)}

    def samples(self, name, **labels):
        """Every sample of this name with these labels: (labels, value) pairs."""
        return [
            (sample.labels, sample.value)
            for family in self.families.values()
            for sample in family.samples
            if sample.name == name and all(sample.labels.get(key) == str(value) for key, value in labels.items())
        ]

    def sum(self, name, **labels):
        return sum(value for _, value in self.samples(name, **labels))

    def exemplars(self, name):
        return [
            (sample.labels, sample.exemplar)
            for family in self.families.values()
            for sample in family.samples
            if sample.name == name and sample.exemplar
        ]

    @property
    def names(self):
        return {sample.name for family in self.families.values() for sample in family.samples}
