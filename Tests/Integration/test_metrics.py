"""/metrics in both formats, and what each metric counts."""

import pytest
import requests

from stage.exposition import Exposition
from stage.processes import free_port, run
from stage.waiting import LIMIT, until

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def exposed(sidecar, accept=None):
    headers = {"Accept": accept} if accept is not None else {"Accept": None}
    return requests.get(f"{sidecar.admin_url}/metrics", headers=headers, timeout=LIMIT)


@pytest.mark.parametrize("accept, expected", [
    (None, TEXT), ("*/*", TEXT), ("text/plain", TEXT), ("text/plain;version=0.0.4", TEXT), ("application/json", TEXT),
    ("application/openmetrics-text", OPENMETRICS), ("application/openmetrics-text; version=1.0.0", OPENMETRICS),
    ("text/plain;q=0.9, application/openmetrics-text;version=1.0.0;q=0.5", TEXT),
    ("application/openmetrics-text;version=1.0.0;q=0", TEXT),
    ("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
     OPENMETRICS),
    ("nonsense;;;q=x", TEXT),
])
def test_the_format_is_negotiated(pair, accept, expected):
    sidecar, _, _ = pair()
    reply = exposed(sidecar, accept)
    assert reply.status_code == 200
    plain = [part.strip().lower() for part in reply.headers["Content-Type"].split(";")]
    assert plain == [part.strip().lower() for part in expected.split(";")]
    assert reply.text.endswith("# EOF\n") == (expected == OPENMETRICS)


def busy(pair, **options):
    sidecar, a, b = pair(a_block={"retry": {"attempts": 2, "backoff": "10ms"}}, **options)
    for number in range(30):
        sidecar.call("GET" if number % 2 else "POST", f"/{number}", data=b"x", headers={
            "x-playground-a": ["ok", "status=429,retry-after=1", "status=500", "reset", "status=404"][number % 5],
            "x-playground-b": ["ok", "garbage", "status=503"][number % 3]})
    for upstream in ("a", "b"):
        sidecar.await_metric(30, "pantograph_deliveries_total", upstream=upstream)
    return sidecar


@pytest.mark.parametrize("when", ["idle", "busy"])
def test_promtool_has_nothing_to_complain_of(pair, when):
    sidecar = busy(pair) if when == "busy" else pair()[0]
    done = run(["promtool", "check", "metrics"], stdin=exposed(sidecar).text)
    assert done.code == 0 and done.text.strip() == "", done


def test_openmetrics_is_read_by_the_strict_parser_and_has_exemplars(pair, collector):
    sidecar = busy(pair)
    text = exposed(sidecar, "application/openmetrics-text;version=1.0.0").text
    exposition = Exposition(text, is_openmetrics=True)
    for name in ("pantograph_exchange_duration_seconds_bucket", "pantograph_upstream_attempt_duration_seconds_bucket"):
        exemplars = exposition.exemplars(name)
        assert exemplars, name
        for labels, exemplar in exemplars:
            assert len(exemplar.labels["trace_id"]) == 32 and len(exemplar.labels["span_id"]) == 16
            assert labels["le"] == "+Inf" or exemplar.value <= float(labels["le"])
    known = {span.trace_id for span in collector.await_spans(30, kind=2)}
    assert {exemplar.labels["trace_id"] for _, exemplar in exposition.exemplars("pantograph_exchange_duration_seconds_bucket")} <= known


def test_the_text_format_has_no_exemplars_and_no_eof(pair):
    text = exposed(busy(pair)).text
    assert "# EOF" not in text and " # {" not in text


def test_both_formats_tell_the_same(pair):
    sidecar = busy(pair)
    plain = Exposition(exposed(sidecar).text)
    other = Exposition(exposed(sidecar, "application/openmetrics-text;version=1.0.0").text, is_openmetrics=True)
    changing = ("process_", "pantograph_upstream_latency_seconds", "pantograph_otlp", "pantograph_upstream_retry_after",
                "pantograph_upstream_throttled")
    for family in plain.families.values():
        if family.name.startswith(changing):
            continue
        for sample in family.samples:
            if not sample.name.endswith("_created"):
                assert (canonical(sample.labels), sample.value) in [
                    (canonical(labels), value) for labels, value in other.samples(sample.name)], sample


def canonical(labels):
    """OpenMetrics writes the bound 1 as 1.0."""
    return labels | {"le": float(labels["le"])} if "le" in labels else labels


def test_every_metric_of_this_step_is_there_from_the_start(pair):
    names = pair()[0].metrics().families.keys()
    for name in ("pantograph_build_info", "process_start_time_seconds", "process_resident_memory_bytes", "process_open_fds",
                 "process_cpu_seconds", "pantograph_deliveries_pending", "pantograph_upstream_in_flight"):
        assert name in names, name


def test_histograms_are_sound(pair):
    exposition = busy(pair).metrics()
    for family in exposition.families.values():
        if family.type != "histogram":
            continue
        series = {}
        for sample in family.samples:
            key = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
            series.setdefault(key, {}).setdefault(sample.name.rsplit("_", 1)[1], []).append(sample)
        for parts in series.values():
            bounds = [float(sample.labels["le"]) for sample in parts["bucket"]]
            counts = [sample.value for sample in parts["bucket"]]
            assert bounds == sorted(bounds) and bounds[-1] == float("inf")
            assert counts == sorted(counts) and counts[-1] == parts["count"][0].value
            assert len(parts["sum"]) == 1


def test_durations_have_the_buckets_of_the_semantic_conventions(pair):
    exposition = busy(pair).metrics()
    bounds = {float(labels["le"]) for labels, _ in exposition.samples("pantograph_exchange_duration_seconds_bucket")}
    assert bounds >= {0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, float("inf")}


def test_exchanges_are_counted_by_route_method_and_code(pair):
    sidecar, _, _ = pair()
    for method, spec, times in (("GET", "ok", 3), ("POST", "status=201", 2), ("GET", "status=404", 1)):
        for _ in range(times):
            sidecar.call(method, "/", headers={"x-playground-a": spec})
    count = lambda **labels: sidecar.metrics().sum("pantograph_exchange_duration_seconds_count", **labels)
    assert (count(method="GET", code="200"), count(method="POST", code="201"), count(method="GET", code="404")) == (3, 2, 1)
    assert count() == 6


def test_an_unknown_method_does_not_make_a_label_of_its_own(pair):
    sidecar, _, _ = pair()
    for word in ("PROPFIND", "MKCOL", "LOCK"):
        sidecar.call(word, "/")
    methods = {labels["method"] for labels, _ in sidecar.metrics().samples("pantograph_exchange_duration_seconds_count")}
    assert not methods & {"PROPFIND", "MKCOL", "LOCK"} and len(methods) == 1


CLASSES = {
    "status=404": ("http_4xx", "404"), "status=429": ("http_429", "429"), "status=500": ("http_5xx", "500"),
    "reset": ("reset", None), "garbage": ("protocol", None),
}


@pytest.mark.parametrize("behaviour, expected", CLASSES.items(), ids=CLASSES.keys())
def test_errors_are_counted_by_class_for_each_role(pair, behaviour, expected):
    sidecar, _, _ = pair(a=behaviour, b=behaviour)
    for _ in range(3):
        sidecar.call("GET", "/")
    error, code = expected
    for upstream, role in (("a", "primary"), ("b", "mirror")):
        sidecar.await_metric(3, "pantograph_upstream_errors_total", upstream=upstream, role=role, **{"class": error})
        sidecar.await_metric(3, "pantograph_deliveries_total", upstream=upstream, result="dead")
        exposition = sidecar.metrics()
        assert exposition.sum("pantograph_upstream_responses_total", upstream=upstream) == (3 if code else 0)
        assert exposition.sum("pantograph_upstream_responses_total", upstream=upstream, code=code or "") == (3 if code else 0)
        assert exposition.sum("pantograph_upstream_attempt_duration_seconds_count", upstream=upstream, outcome=error) == 3
        assert exposition.sum("pantograph_upstream_rate_limited_total", upstream=upstream) == (3 if code == "429" else 0)
        first_bytes = exposition.sum("pantograph_upstream_first_byte_seconds_count", upstream=upstream)
        assert first_bytes == 3 if code else first_bytes <= 3


def test_timeouts_are_counted_by_their_class(pair):
    block = {"timeout": {"connect": "2s", "first_byte": "200ms", "total": "30s"}}
    sidecar, _, _ = pair(a="hang", b="hang", a_block=block, b_block=block)
    reply = sidecar.call("GET", "/")
    assert reply.status_code == 504 and reply.json()["class"] == "first_byte_timeout"
    for upstream in ("a", "b"):
        sidecar.await_metric(1, "pantograph_upstream_errors_total", upstream=upstream, **{"class": "first_byte_timeout"})


def test_an_answer_that_breaks_off_counts_as_response_and_as_error(pair):
    sidecar, _, _ = pair(b="body=1MiB,reset-after=1KiB")
    sidecar.call("GET", "/")
    sidecar.await_metric(1, "pantograph_upstream_errors_total", upstream="b", **{"class": "reset"})
    exposition = sidecar.metrics()
    assert exposition.sum("pantograph_upstream_responses_total", upstream="b", code="200") == 1
    assert exposition.sum("pantograph_upstream_attempt_duration_seconds_count", upstream="b", outcome="reset") == 1


def test_the_summary_has_its_quantiles_in_order(pair):
    sidecar, _, _ = pair(a="delay=1ms..30ms")
    for _ in range(100):
        sidecar.call("GET", "/")
    samples = sidecar.metrics().samples("pantograph_upstream_latency_seconds", upstream="a", role="primary")
    quantiles = {labels["quantile"]: value for labels, value in samples}
    assert list(quantiles) == ["0.5", "0.9", "0.95", "0.99", "0.999"]
    values = list(quantiles.values())
    assert values == sorted(values) and 0.001 <= values[0] and values[-1] < 60
    assert sidecar.metrics().sum("pantograph_upstream_latency_seconds_count", upstream="a") == 100


def test_gauges_follow_what_is_under_way(pair):
    sidecar, a, b = pair(b="hang", drain="200ms")
    sidecar.call("GET", "/")
    b.await_requests(1)
    sidecar.await_metric(1, "pantograph_upstream_in_flight", upstream="b")
    sidecar.await_metric(1, "pantograph_deliveries_pending", upstream="b")
    sidecar.await_metric(0, "pantograph_upstream_in_flight", upstream="a")
    until(lambda: sidecar.metrics().sum("pantograph_upstream_connections", upstream="a") >= 1, "a kept connection")


def test_process_metrics_are_of_this_process(pair):
    sidecar, _, _ = pair()
    exposition = sidecar.metrics()
    memory = exposition.sum("process_resident_memory_bytes")
    assert 1 << 20 < memory < 1 << 30 and abs(memory - sidecar.memory()) < 64 << 20
    assert 3 <= exposition.sum("process_open_fds") <= exposition.sum("process_max_fds")
    assert exposition.samples("pantograph_build_info")[0][1] == 1


def series(sidecar):
    exposition = sidecar.metrics()
    return {(sample.name, *sorted(sample.labels.items())) for family in exposition.families.values() for sample in family.samples}


def test_labels_never_grow_with_traffic(pair):
    sidecar, _, _ = pair()
    for number in range(5):
        sidecar.call("GET", f"/{number}")
    sidecar.await_metric(5, "pantograph_deliveries_total", upstream="b")
    sidecar.await_metric(15, "pantograph_otlp_spans_total", result="exported")
    before = series(sidecar)
    for number in range(100):
        sidecar.call("GET", f"/other/{number}?q={number}", headers={"User-Agent": f"agent {number}", "X-Tenant": str(number)})
    sidecar.await_metric(105, "pantograph_deliveries_total", upstream="b")
    assert series(sidecar) == before


def test_a_refused_upstream_counts_no_response(sidecar):
    one = sidecar({"a": f"http://127.0.0.1:{free_port()}"})
    assert one.call("GET", "/").status_code == 502
    exposition = one.metrics()
    assert exposition.sum("pantograph_upstream_responses_total") == 0
    assert exposition.sum("pantograph_upstream_errors_total", **{"class": "connect_refused"}) == 1
    assert exposition.sum("pantograph_exchange_duration_seconds_count", code="502") == 1
