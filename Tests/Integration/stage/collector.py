"""An OTLP/HTTP collector that keeps what it is sent, reads it strictly, and can misbehave."""

import gzip
import http.server
import json
import threading
import time

from . import otlp
from .waiting import LIMIT, until


class Batch:
    def __init__(self, path, headers, raw, body, at):
        self.path, self.headers, self.raw, self.body, self.at = path, headers, raw, body, at
        self.status = None
        self._read = None

    @property
    def read(self):
        """What it carries, by the path it came to: data points, log records or spans."""
        if self._read is None:
            by_path = {"/v1/metrics": otlp.parse_metrics, "/v1/logs": otlp.parse_logs}
            self._read = by_path.get(self.path, otlp.parse)(self.body)
        return self._read

    def all(self, kind):
        return [item for item in self.read if isinstance(item, kind)]

    @property
    def spans(self):
        return self.all(otlp.Span)


class Answer:
    """How the collector answers one request."""

    def __init__(self, status=200, headers=None, document=None, hang=False, cut=False):
        self.status, self.headers, self.document, self.hang, self.cut = status, headers or {}, document, hang, cut

    @property
    def accepts(self):
        return self.status == 200 and not self.hang and not self.cut


class Collector:
    """`answers` are given in order to the requests that come, and `usual` to all after them."""

    def __init__(self, port=0):
        self._news = threading.Condition()
        self._batches = []
        self._answers = []
        self.usual = Answer()
        self._released = threading.Event()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                collector._take(self)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, request, client_address):
                pass

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def answer_next(self, *answers):
        with self._news:
            self._answers.extend(answers)

    def _take(self, handler):
        raw = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        body = gzip.decompress(raw) if headers.get("content-encoding") == "gzip" else raw
        batch = Batch(handler.path, headers, raw, body, time.monotonic())
        with self._news:
            answer = self._answers.pop(0) if self._answers else self.usual
            batch.status = None if answer.hang or answer.cut else answer.status
            batch.answer = answer
            self._batches.append(batch)
            self._news.notify_all()
        if answer.hang:
            self._released.wait()
        if answer.hang or answer.cut:
            handler.close_connection = True
            return
        self._answer(handler, answer)

    @staticmethod
    def _answer(handler, answer):
        payload = json.dumps({} if answer.document is None else answer.document).encode()
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(payload)))
        handler.end_headers()
        handler.wfile.write(payload)

    @property
    def batches(self):
        """Every request, in the order of arrival, whatever was answered."""
        with self._news:
            return list(self._batches)

    def await_batches(self, number, limit=LIMIT):
        with self._news:
            assert self._news.wait_for(lambda: len(self._batches) >= number, limit), \
                f"{len(self._batches)} of {number} batches within {limit} s"
            return list(self._batches)

    def spans(self, **attributes):
        """The spans of every batch that was accepted; with attributes, those that have them (`_` stands for `.`)."""
        spans = [span for batch in self.batches if batch.answer.accepts for span in batch.spans]
        return [span for span in spans if self._has(span, attributes)]

    @staticmethod
    def _has(span, attributes):
        for key, value in attributes.items():
            if key == "kind":
                if span.kind != value:
                    return False
            elif span.get(key.replace("_", ".")) != value:
                return False
        return True

    def await_spans(self, number, limit=LIMIT, **attributes):
        """The spans, once there are so many."""
        until(lambda: len(self.spans(**attributes)) >= number,
              lambda: f"{number} spans with {attributes}; there are {[(s.kind, s.name, s.attributes) for s in self.spans()]}", limit)
        return self.spans(**attributes)

    def records(self, **attributes):
        """The log records of every batch that was accepted, those with these attributes."""
        records = [record for batch in self.batches if batch.answer.accepts for record in batch.all(otlp.Record)]
        return [record for record in records if attributes.items() <= record.attributes.items()]

    def points(self, metric, attributes=None):
        """The data points of a metric as the last batch that was accepted and has it tells them; those with these attributes."""
        for batch in reversed(self.batches):
            points = [point for point in batch.all(otlp.Point) if point.metric == metric] if batch.answer.accepts else []
            if points:
                return [point for point in points if (attributes or {}).items() <= point.attributes.items()]
        return []

    def server_span(self, limit=LIMIT):
        return self.await_spans(1, limit, kind=otlp.SERVER)[0]

    def client_spans(self, number, limit=LIMIT):
        return self.await_spans(number, limit, kind=otlp.CLIENT)

    def forget(self):
        with self._news:
            self._batches.clear()

    def check(self):
        """Reads every batch strictly, those that no test has looked at as well."""
        for batch in self.batches:
            batch.read

    def close(self):
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
