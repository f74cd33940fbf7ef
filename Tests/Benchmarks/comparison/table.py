"""The results as one document in Markdown: a table for each scenario."""

from . import proxies, scenarios
from .results import Results

BASE = "pantograph"
# The same where the mirror answers 204: what is compared with it has as little to read.
BASE_204 = "pantograph-204"
# Of the proxy's core: from here on others' work there is no longer noise.
DISTURBED = 0.05


def document(results: Results):
    about = results.about
    lines = ["# pantograph beside nginx, Envoy and Traefik", ""]
    lines += [f"- {name}: {value}" for name, value in about.items()]
    lines += ["", "The median of the repetitions, and in brackets the smallest and the largest. Each call goes to two upstreams. "
              "`pantograph ÷ this` compares CPU within each repetition: under 1, pantograph needs less. "
              "A proxy whose mirror answers 204 is compared with the pantograph whose mirror does so, where that was run."]
    told = set()
    for scenario in map(scenarios.ALL.get, results.scenarios()):
        if not scenario.series:
            unit = " (CPU for each event)" if scenario.parts > 1 else ""
            lines += ["", f"## {scenario.title}{unit}", "", *_rows(results, scenario, COLUMNS[scenario.kind])]
        elif scenario.series not in told:
            told.add(scenario.series)
            lines += ["", f"## {scenarios.SERIES[scenario.series]}", "", *_series(results, scenario.series)]
    return "\n".join(lines) + "\n"


def _rows(results, scenario, columns):
    yield from _head(["proxy", *columns])
    for proxy in results.proxies(scenario.name):
        cells = [cell(results, scenario, proxy) for cell in columns.values()]
        failed = results.series(scenario.name, proxy, "error")
        if failed:
            cells[-1] += f" **failed: {next(iter(failed.values()))}**"
        yield _row([proxies.ALL[proxy].title, *cells])


def _head(cells):
    return [_row(cells), _row(["---"] + ["---:"] * (len(cells) - 1))]


def _row(cells):
    return f"| {' | '.join(cells)} |"


def _value(name, digits=1):
    def cell(results, scenario, proxy):
        spread = results.spread(scenario.name, proxy, name)
        return spread.text(digits) if spread else "–"
    return cell


def _share(name):
    def cell(results, scenario, proxy):
        spread = results.spread(scenario.name, proxy, name)
        return f"{spread.median:.0%}" if spread else "–"
    return cell


def _ratio(results, scenario, proxy):
    base = BASE_204 if proxies.ALL[proxy].mirror_answer == "nothing" and BASE_204 in results.proxies(scenario.name) else BASE
    spread = results.ratio(scenario.name, base, proxy, "cpu")
    return spread.text(2) if spread and proxy != base else "–"


def _added(value):
    def cell(results, scenario, proxy):
        spread = results.difference(scenario.name, proxy, "direct", value)
        return spread.text(2) if spread and proxy != "direct" else "–"
    return cell


def _remarks(results, scenario, proxy):
    """What makes a row less than it seems: lost mirrors, failed calls, dropped spans, other work on the proxy's core."""
    said = []
    lost = results.spread(scenario.name, proxy, "lost")
    if lost and lost.largest > 0:
        said.append(f"**lost {lost.largest:.1%} of the mirrored calls**")
    for name, words in (("failed", "calls failed"), ("refused", "answers were not 200"), ("unsent", "calls not sent in time"),
                        ("skipped", "mirrors skipped")):
        spread = results.spread(scenario.name, proxy, name)
        if spread and spread.largest > 0:
            said.append(f"{spread.largest:,.0f} {words}")
    dropped, exported = (results.spread(scenario.name, proxy, f"spans_{what}") for what in ("dropped", "exported"))
    if dropped and dropped.largest > 0:
        said.append(f"{dropped.median / (dropped.median + exported.median):.1%} of the spans dropped")
    disturbed = results.spread(scenario.name, proxy, "disturbed")
    if disturbed and disturbed.largest > DISTURBED:
        said.append(f"others took up to {disturbed.largest:.0%} of the core")
    return ", ".join(said) or "none"


def _series(results, series):
    members = [one for one in map(scenarios.ALL.get, results.scenarios()) if one.series == series]
    yield from _head(["proxy", *(f"{one.step:,}" for one in members), "largest ÷ smallest", "remarks"])
    for proxy in results.proxies(members[0].name):
        spreads = [results.spread(one.name, proxy, "cpu") for one in members]
        medians = [spread.median for spread in spreads if spread]
        remarks = [f"{one.step:,}: {_remarks(results, one, proxy)}" for one in members if _remarks(results, one, proxy) != "none"]
        flat = f"{max(medians) / min(medians):.2f}" if medians else "–"
        yield _row([proxies.ALL[proxy].title, *(spread.text() if spread else "–" for spread in spreads), flat,
                    "; ".join(remarks) or "none"])


CPU = {"CPU µs": _value("cpu"), "user": _value("user"), "system": _value("system"), "pantograph ÷ this": _ratio}
MEMORY = {"at rest, MiB": _value("rest"), "of it its own": _value("rest_anonymous"),
          "1,000 connections, MiB": _value("idle"), "their own": _value("idle_anonymous")}

COLUMNS = {
    "closed": CPU | {"calls/s": _value("rate", 0), "core in use": _share("busy"), "p50 ms": _value("p50", 2), "p99 ms": _value("p99", 2),
                     "remarks": _remarks},
    "events": CPU | {"core in use": _share("busy"), "remarks": _remarks},
    "open": CPU | {"p50 ms": _value("p50", 2), "p99 ms": _value("p99", 2), "p99.9 ms": _value("p999", 2),
                   "p50 added": _added("p50"), "p99 added": _added("p99"), "remarks": _remarks},
    "memory": MEMORY | {"remarks": lambda *_: ""},
    "slow": {"p99 ms without mirror": _value("p99_alone", 2), "with": _value("p99_with", 2), "with ÷ without": _value("ratio", 2),
             "not answered": _share("unanswered"), "not at the mirror": _share("not_mirrored"), "growth MiB/s": _value("growth", 2),
             "remarks": _remarks},
    "growth": {"calls": _value("answered", 0), **{f"MiB after {tenth}0 %": _value(f"after_{tenth}") for tenth in (1, 2, 5, 10)},
               "its own after 10 %": _value("anonymous_1"), "after 100 %": _value("anonymous_10"), "remarks": _remarks},
}
