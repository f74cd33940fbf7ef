"""Prometheus itself, scraping."""

import json
from pathlib import Path

import requests

from .processes import Child, free_port
from .waiting import LIMIT, until

TRIES = 5


class Prometheus(Child):
    def __init__(self, folder: Path, target: str, rules=(), interval="250ms"):
        """`rules`: files that it evaluates as often as it scrapes, every `interval`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "prometheus.yml").write_text(
            f"global: {{ scrape_interval: {interval}, scrape_timeout: {interval}, evaluation_interval: {interval} }}\n"
            f"rule_files: {json.dumps([str(file) for file in rules])}\n"
            f"scrape_configs: [{{ job_name: pantograph, static_configs: [{{ targets: ['{target}'] }}] }}]\n")
        for attempt in range(TRIES):
            port = free_port()
            self.url = f"http://127.0.0.1:{port}"
            super().__init__(
                ["prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data{attempt}",
                 f"--web.listen-address=127.0.0.1:{port}", "--enable-feature=exemplar-storage", "--log.level=warn"],
                cwd=folder, name="prometheus")
            until(lambda: self._is_ready() or not self.running, "Prometheus ready or ended")
            if self.running:
                return
            assert "address already in use" in self.told and attempt < TRIES - 1, self.told
            Child.close(self)

    def _is_ready(self):
        try:
            return requests.get(f"{self.url}/-/ready", timeout=5).status_code == 200
        except requests.RequestException:
            return False

    def _get(self, path, **parameters):
        document = requests.get(f"{self.url}/api/v1/{path}", params=parameters, timeout=LIMIT).json()
        assert document["status"] == "success", document
        return document["data"]

    def query(self, expression):
        """The values of an instant query: (labels, value) pairs."""
        return [(item["metric"], float(item["value"][1])) for item in self._get("query", query=expression)["result"]]

    def value(self, expression):
        found = self.query(expression)
        return found[0][1] if found else None

    def exemplars(self, selector, start, end):
        return self._get("query_exemplars", query=selector, start=start, end=end)

    def rules(self):
        """Every rule as it stands, with its health and, of an alert, those that are raised."""
        return [rule for group in self._get("rules")["groups"] for rule in group["rules"]]

    def alerts(self):
        """Those that are raised, firing or still waiting."""
        return self._get("alerts")["alerts"]

    def target(self):
        return self._get("targets")["activeTargets"][0]
