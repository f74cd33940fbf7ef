"""One set of metrics: what the code exposes is what the README, the dashboards, the rules and the contract name."""

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CONTRACT = REPOSITORY.parent / "shared" / "design" / "product.md"
NAME = re.compile(r"\bpantograph_[a-z0-9_]*[a-z0-9]\b(?!\*)")


def exposed():
    """Each family of the code, by its name, with its kind."""
    found = {}
    for path in (REPOSITORY / "Sources" / "Telemetry").rglob("*.swift"):
        for kind, name in re.findall(r'\.(\w+),\s*"(pantograph_[a-z0-9_]+|process_[a-z0-9_]+)"', path.read_text()):
            found[name] = kind
    return found


def samples():
    """The names that samples have, each with its family's."""
    suffixes = {"histogram": ("_bucket", "_sum", "_count"), "summary": ("", "_sum", "_count")}
    return {name + suffix: name for name, kind in exposed().items() for suffix in suffixes.get(kind, ("",))}


def named(*paths, pattern=NAME):
    return {name for path in paths for name in pattern.findall(path.read_text())}


def dashboards():
    return sorted((REPOSITORY / "dashboards" / "grafana").glob("*.json"))


def rules():
    return sorted((REPOSITORY / "dashboards" / "prometheus").glob("*.rules.yml"))


def test_the_code_exposes_what_is_looked_for():
    assert len(exposed()) > 30 and {"histogram", "summary", "counter", "gauge"} == set(exposed().values())


def test_panels_and_rules_ask_for_samples_that_exist():
    """By the full name of the sample: a histogram without _bucket would be an empty panel."""
    unknown = named(*dashboards(), *rules(), pattern=re.compile(r"\b(?:pantograph|process)_[a-z0-9_]*[a-z0-9]\b")) - samples().keys()
    assert not unknown


def test_cases_of_the_alerts_feed_samples_that_exist():
    assert not named(*(REPOSITORY / "dashboards" / "prometheus" / "tests").glob("*.yml")) - samples().keys()


def test_every_metric_is_in_a_panel_or_a_rule():
    used = {samples().get(name) for name in named(*dashboards(), *rules(), pattern=re.compile(r"\b(?:pantograph|process)_\w+"))}
    missing = exposed().keys() - used
    assert not missing


def test_the_readme_names_every_metric_and_no_other():
    readme = named(REPOSITORY / "README.md")
    ours = {name for name in exposed() if name.startswith("pantograph_")}
    assert readme == ours, readme ^ ours


def test_the_contract_names_no_metric_that_is_not_there():
    if not CONTRACT.exists():
        pytest.skip("the contract is not beside the repository")
    missing = named(CONTRACT) - exposed().keys() - samples().keys()
    assert not missing
