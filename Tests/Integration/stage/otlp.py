"""OTLP/JSON read as strictly as the official schema and the specification's own additions to it allow.

`json_format.Parse` of the official `ExportTraceServiceRequest` refuses unknown fields and wrong types. It is too lenient for
OTLP in some points and too strict in one, which are checked or converted here first (opentelemetry-proto,
docs/specification.md, "JSON Protobuf Encoding"): ids are lower-case hexadecimal and not base64; keys are lowerCamelCase;
enumerations are integers; 64-bit integers are decimal strings.
"""

import base64
import json
import re
from dataclasses import dataclass, field

from google.protobuf import json_format
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

INTERNAL, SERVER, CLIENT = 1, 2, 3
UNSET, OK, ERROR = 0, 1, 2

_LENGTHS = {"traceId": 32, "spanId": 16, "parentSpanId": 16}
_SIXTY_FOUR_BITS = {"startTimeUnixNano", "endTimeUnixNano", "timeUnixNano", "observedTimeUnixNano", "intValue", "asInt", "count"}
_ENUMERATIONS = {"kind", "code", "severityNumber", "aggregationTemporality"}
CUMULATIVE = 2


class NotOTLP(AssertionError):
    """A batch that a strict receiver would refuse or misread."""


@dataclass
class Event:
    name: str
    time: int
    attributes: dict


@dataclass
class Span:
    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str | None
    start: int
    end: int
    attributes: dict
    status: int
    message: str
    events: list
    links: list
    flags: int
    trace_state: str
    resource: dict = field(repr=False, default_factory=dict)
    scope: str = field(repr=False, default="")

    def __getitem__(self, key):
        return self.attributes[key]

    def get(self, key):
        return self.attributes.get(key)

    @property
    def seconds(self):
        return (self.end - self.start) / 1e9


def _read(body: bytes, request):
    """`request`, filled from one request body that has been unzipped: JSON, or protobuf from what passes on what it took in."""
    # No JSON sent here begins with a line feed; each of these messages does, with the tag of its first field.
    if body.startswith(b"\n"):
        request.ParseFromString(body)
        return request
    try:
        document = json.loads(body, object_pairs_hook=_without_duplicates)
    except ValueError as error:
        raise NotOTLP(f"not JSON: {error}: {body[:200]!r}") from None
    try:
        return json_format.ParseDict(_converted(document, "$"), request, ignore_unknown_fields=False)
    except json_format.ParseError as error:
        raise NotOTLP(f"the official schema refuses it: {error}") from None


def parse(body: bytes) -> list[Span]:
    """The spans of one request body, already unzipped."""
    request = _read(body, ExportTraceServiceRequest())
    spans = [
        _span(span, _attributes(of_resource.resource.attributes), of_scope.scope.name)
        for of_resource in request.resource_spans
        for of_scope in of_resource.scope_spans
        for span in of_scope.spans
    ]
    if not spans:
        raise NotOTLP("an empty envelope")
    return spans


def _without_duplicates(pairs):
    keys = [key for key, _ in pairs]
    if len(keys) != len(set(keys)):
        raise NotOTLP(f"a key twice in one object: {keys}")
    return dict(pairs)


def _converted(value, path):
    if isinstance(value, list):
        return [_converted(item, f"{path}[{place}]") for place, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    converted = {}
    for key, item in value.items():
        here = f"{path}.{key}"
        if not re.fullmatch(r"[a-z][A-Za-z0-9]*", key):
            raise NotOTLP(f"{here}: keys are lowerCamelCase")
        if key in _LENGTHS:
            item = _identifier(item, _LENGTHS[key], here)
        elif key in _SIXTY_FOUR_BITS and not (isinstance(item, str) and re.fullmatch(r"0|-?[1-9][0-9]*", item)):
            raise NotOTLP(f"{here}: 64-bit integers are decimal strings, not {item!r}")
        elif key in _ENUMERATIONS and (isinstance(item, bool) or not isinstance(item, int)):
            raise NotOTLP(f"{here}: enumerations are integers, not {item!r}")
        converted[key] = _converted(item, here)
    return converted


def _identifier(text, length, path):
    if not isinstance(text, str) or not re.fullmatch(f"[0-9a-f]{{{length}}}", text):
        raise NotOTLP(f"{path}: {text!r} is not {length} lower-case hexadecimal digits")
    if not text.strip("0"):
        raise NotOTLP(f"{path}: an id of zeros is invalid")
    return base64.b64encode(bytes.fromhex(text)).decode()


def _attributes(pairs):
    attributes = {}
    for pair in pairs:
        if not pair.key or pair.key in attributes:
            raise NotOTLP(f"an attribute without a key, or twice: {pair.key!r}")
        attributes[pair.key] = _value(pair.value, pair.key)
    return attributes


def _value(value, key):
    kind = value.WhichOneof("value")
    if kind is None:
        raise NotOTLP(f"attribute {key} has no value")
    if kind == "array_value":
        return [_value(item, key) for item in value.array_value.values]
    if kind == "kvlist_value":
        return _attributes(value.kvlist_value.values)
    return getattr(value, kind)


def _span(span, resource, scope):
    if len(span.trace_id) != 16 or len(span.span_id) != 8:
        raise NotOTLP(f"{span.name}: a span without its ids")
    if not span.name:
        raise NotOTLP("a span without a name")
    if not 0 < span.start_time_unix_nano <= span.end_time_unix_nano:
        raise NotOTLP(f"{span.name}: starts at {span.start_time_unix_nano} and ends at {span.end_time_unix_nano}")
    if span.kind not in (1, 2, 3, 4, 5) or span.status.code not in (0, 1, 2):
        raise NotOTLP(f"{span.name}: kind {span.kind}, status {span.status.code}")
    if span.status.message and span.status.code != ERROR:
        raise NotOTLP(f"{span.name}: only an error has a status message")
    if not resource.get("service.name"):
        raise NotOTLP("a resource without service.name")
    events = []
    for event in span.events:
        if not span.start_time_unix_nano <= event.time_unix_nano <= span.end_time_unix_nano:
            raise NotOTLP(f"{span.name}: event {event.name} at {event.time_unix_nano} lies outside of its span")
        events.append(Event(event.name, event.time_unix_nano, _attributes(event.attributes)))
    return Span(
        name=span.name, kind=span.kind, trace_id=span.trace_id.hex(), span_id=span.span_id.hex(),
        parent_id=span.parent_span_id.hex() or None, start=span.start_time_unix_nano, end=span.end_time_unix_nano,
        attributes=_attributes(span.attributes), status=span.status.code, message=span.status.message, events=events,
        links=[(link.trace_id.hex(), link.span_id.hex()) for link in span.links], flags=span.flags, trace_state=span.trace_state, resource=resource, scope=scope)


@dataclass
class Point:
    """One data point: `value` of a sum or a gauge; `count`, `sum`, `buckets` and `bounds` of a histogram; `quantiles` of a summary."""
    metric: str
    unit: str
    kind: str
    is_monotonic: bool
    attributes: dict
    start: int
    time: int
    value: float | None = None
    count: int | None = None
    sum: float | None = None
    buckets: list = field(default_factory=list)
    bounds: list = field(default_factory=list)
    quantiles: dict = field(default_factory=dict)

    def get(self, key):
        return self.attributes.get(key)


def parse_metrics(body: bytes) -> list[Point]:
    """The data points of one request body, already unzipped."""
    request = _read(body, ExportMetricsServiceRequest())
    points, names = [], set()
    for of_resource in request.resource_metrics:
        if not _attributes(of_resource.resource.attributes).get("service.name"):
            raise NotOTLP("a resource without service.name")
        for of_scope in of_resource.scope_metrics:
            for metric in of_scope.metrics:
                if not metric.name or metric.name in names:
                    raise NotOTLP(f"a metric without a name, or twice: {metric.name!r}")
                names.add(metric.name)
                # Of histograms and summaries a collector written in Rust may pass on no more than the name: see test_real_collector.py.
                if metric.WhichOneof("data") or not body.startswith(b"\n"):
                    points += _points(metric)
    if not points:
        raise NotOTLP("an empty envelope")
    return points


def _points(metric):
    kind = metric.WhichOneof("data")
    if kind not in ("sum", "gauge", "histogram", "summary"):
        raise NotOTLP(f"{metric.name}: {kind} is not what is sent here")
    data = getattr(metric, kind)
    if kind not in ("gauge", "summary") and data.aggregation_temporality != CUMULATIVE:
        raise NotOTLP(f"{metric.name} is not cumulative")
    seen = []
    for point in data.data_points:
        read = Point(
            metric.name, metric.unit, kind, kind == "sum" and data.is_monotonic, _attributes(point.attributes),
            point.start_time_unix_nano, point.time_unix_nano)
        if not 0 < read.start <= read.time:
            raise NotOTLP(f"{metric.name}: from {read.start} to {read.time}")
        if kind == "histogram":
            read.count, read.sum = point.count, point.sum
            read.buckets, read.bounds = list(point.bucket_counts), list(point.explicit_bounds)
            if len(read.buckets) != len(read.bounds) + 1 or sum(read.buckets) != read.count or read.bounds != sorted(set(read.bounds)):
                raise NotOTLP(f"{metric.name}: {read.count} in {read.buckets} by {read.bounds}")
        elif kind == "summary":
            read.count, read.sum = point.count, point.sum
            read.quantiles = {each.quantile: each.value for each in point.quantile_values}
            if list(read.quantiles.values()) != sorted(read.quantiles.values()) or not all(0 <= each <= 1 for each in read.quantiles):
                raise NotOTLP(f"{metric.name}: {read.quantiles}")
        else:
            read.value = getattr(point, point.WhichOneof("value") or "as_double")
        if read.attributes in seen:
            raise NotOTLP(f"{metric.name}: a series twice: {read.attributes}")
        seen.append(read.attributes)
        yield read


@dataclass
class Record:
    """A log record."""
    time: int
    severity: int
    severity_text: str
    body: str
    attributes: dict
    trace_id: str | None
    span_id: str | None


def parse_logs(body: bytes) -> list[Record]:
    """The log records of one request body, already unzipped."""
    request = _read(body, ExportLogsServiceRequest())
    records = []
    for of_resource in request.resource_logs:
        if not _attributes(of_resource.resource.attributes).get("service.name"):
            raise NotOTLP("a resource without service.name")
        for of_scope in of_resource.scope_logs:
            for record in of_scope.log_records:
                if not 1 <= record.severity_number <= 24 or not record.time_unix_nano or not record.observed_time_unix_nano:
                    raise NotOTLP(f"severity {record.severity_number} at {record.time_unix_nano}")
                records.append(Record(
                    record.time_unix_nano, record.severity_number, record.severity_text, _value(record.body, "body"),
                    _attributes(record.attributes), record.trace_id.hex() or None, record.span_id.hex() or None))
    if not records:
        raise NotOTLP("an empty envelope")
    return records
