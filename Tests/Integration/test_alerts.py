"""The rules for Prometheus, by its own tool: each is well-formed, and each alert fires when it should and only then."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from stage.processes import REPOSITORY, run

RULES = REPOSITORY / "dashboards" / "prometheus"
CASES = sorted((RULES / "tests").glob("*.yml"))


def alerts():
    groups = yaml.safe_load((RULES / "alerts.rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def cases():
    return [case for file in CASES for case in yaml.safe_load(file.read_text())["tests"]]


def fired():
    """(alert, severity) of every case in which it fires, and how many there are."""
    found = Counter()
    for case in cases():
        labels = [sample["labels"] for test in case.get("promql_expr_test", []) for sample in test["exp_samples"]]
        found.update({tuple(re.search(f'{key}="(\\w+)"', each)[1] for key in ("alertname", "severity")) for each in labels})
    return found


def silent():
    """The alerts of every case in which one stays silent, and how many there are."""
    return Counter(name for case in cases() for name in {
        test["alertname"] for test in case.get("alert_rule_test", []) if not test.get("exp_alerts")})


def test_promtool_accepts_the_rules():
    done = run(["promtool", "check", "rules", *sorted(RULES.glob("*.rules.yml"))])
    assert done.code == 0, done


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_alerts_fire_when_they_should_and_only_then(file):
    done = run(["promtool", "test", "rules", file], cwd=RULES / "tests")
    assert done.code == 0 and "SUCCESS" in done.out, done


def test_promtool_finds_a_case_that_is_wrong(tmp_path):
    """The cases can fail: one whose labels are others than the alert's does."""
    file = CASES[0]
    wrong = file.read_text().replace("../", f"{RULES}/").replace('severity="', 'severity="no ')
    (tmp_path / "wrong.yml").write_text(wrong)
    assert run(["promtool", "test", "rules", tmp_path / "wrong.yml"]).code != 0


@pytest.mark.parametrize("alert, severity", sorted({(rule["alert"], rule["labels"]["severity"]) for rule in alerts()}))
def test_every_alert_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(alert, severity):
    assert fired()[alert, severity] and silent()[alert]


def test_how_many_cases_there_are(figures):
    figures.table("Alerts, cases of promtool in which each fires and in which it stays silent", [
        (f"{rule['alert']}, {rule['labels']['severity']}", [fired()[rule["alert"], rule["labels"]["severity"]], silent()[rule["alert"]]])
        for rule in alerts()], ["fires", "silent"])
    assert sum(fired().values()) >= len(alerts())


@pytest.mark.parametrize("rule", alerts(), ids=lambda rule: f"{rule['alert']}-{rule['labels']['severity']}")
def test_every_alert_waits_and_tells_what_to_do(rule):
    assert rule["labels"]["severity"] in ("page", "ticket") and rule["for"]
    assert set(rule["annotations"]) == {"summary", "description", "runbook"}
    assert len(rule["annotations"]["runbook"]) > 150
