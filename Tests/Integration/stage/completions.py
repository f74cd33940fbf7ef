"""A small server that answers as an API of chat completions does, streaming and not."""

import http.server
import json
import threading


class Completions:
    """Streams the words of `text`; each one after the first waits for `confirm`, when `confirms` is set."""

    def __init__(self, text="one two three four", confirms=False):
        self.words = text.split(" ")
        self.requests = []
        self.confirmed = threading.Semaphore(0 if confirms else 10_000)
        completions = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                completions.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                completions._stream(self) if body.get("stream") else completions._whole(self)

            def log_message(self, *arguments):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def _document(self, kind, **choice):
        return {"id": "c-1", "object": kind, "created": 1, "model": "small", "choices": [{"index": 0, "finish_reason": None} | choice]}

    def _whole(self, handler):
        message = {"role": "assistant", "content": " ".join(self.words)}
        payload = json.dumps(self._document("chat.completion", message=message, finish_reason="stop")).encode()
        handler.send_response(200)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(payload)))
        handler.end_headers()
        handler.wfile.write(payload)

    def _stream(self, handler):
        handler.send_response(200)
        handler.send_header("Content-Type", "text/event-stream")
        handler.send_header("Transfer-Encoding", "chunked")
        handler.end_headers()

        def event(text):
            data = f"data: {text}\n\n".encode()
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

        for place, word in enumerate(self.words):
            if place and not self.confirmed.acquire(timeout=60):
                return
            event(json.dumps(self._document("chat.completion.chunk", delta={"content": word})))
        event("[DONE]")
        handler.wfile.write(b"0\r\n\r\n")

    def close(self):
        self._server.shutdown()
        self._server.server_close()
