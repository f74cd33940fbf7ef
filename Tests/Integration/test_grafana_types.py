"""The dashboard by Grafana's own types, which its makers generate from its schema: nothing in it that they don't know."""

import copy
import enum
import json
import typing

import pytest
from grafana_foundation_sdk.cog import encoder, plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from stage.processes import REPOSITORY

DASHBOARD = json.loads((REPOSITORY / "dashboards" / "grafana" / "pantograph.json").read_text())
# What Grafana writes into its exports itself and its schema leaves out.
UNWRITTEN = {"/annotations/list/*/builtIn", "/templating/list/*/definition", "/panels/*/fieldConfig/defaults/custom/spanNulls"}
plugins.register_default_plugins()


def changed(given, taken, path=""):
    """Each place at which a document was not taken as it was given; lists by `*`."""
    if isinstance(given, dict) and isinstance(taken, dict):
        for key, value in given.items():
            if value not in (None, [], {}):
                yield from changed(value, taken[key], f"{path}/{key}") if key in taken else [f"{path}/{key}"]
    elif isinstance(given, list) and isinstance(taken, list) and len(given) == len(taken):
        for one, other in zip(given, taken):
            yield from changed(one, other, f"{path}/*")
    elif given != taken:
        yield path


def unknown_words(value, path=""):
    """Values of enumerations that are none of their words."""
    if isinstance(value, (list, dict)):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from unknown_words(inner, f"{path}/{key}")
    elif hasattr(value, "__dict__") and not isinstance(value, enum.Enum):
        hints = typing.get_type_hints(type(value))
        for key, inner in vars(value).items():
            kinds = [kind for kind in (hints.get(key), *typing.get_args(hints.get(key))) if isinstance(kind, enum.EnumType)]
            if kinds and isinstance(inner, (str, int)) and not any(inner in [each.value for each in kind] for kind in kinds):
                yield f"{path}/{key}: {inner}"
            yield from unknown_words(inner, f"{path}/{key}")


def read(document):
    dashboard = Dashboard.from_json(document)
    taken = json.loads(encoder.JSONEncoder(sort_keys=True).encode(dashboard))
    return set(changed(document, taken)) - UNWRITTEN, list(unknown_words(dashboard))


def test_grafanas_types_take_every_member_and_every_word():
    assert read(DASHBOARD) == (set(), [])


@pytest.mark.parametrize("wreck, found", [
    (lambda panel: panel["targets"][0].update(exprr="x"), "/panels/*/targets/*/exprr"),
    (lambda panel: panel["options"].update(orientations="auto"), "/panels/*/options/orientations"),
    (lambda panel: panel["fieldConfig"]["defaults"].update(color={"mode": "no-such-mode"}), "color/mode: no-such-mode"),
])
def test_a_member_or_a_word_that_grafana_does_not_know_is_found(wreck, found):
    document = copy.deepcopy(DASHBOARD)
    wreck(next(panel for panel in document["panels"] if panel["type"] == "stat"))
    members, words = read(document)
    assert any(found in each for each in (*members, *words))
