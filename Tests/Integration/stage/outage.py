"""A chronicle of what goes on with a sidecar, with portraits of what a person would see at a moment."""

import time
from collections import Counter
from dataclasses import dataclass

from .otlp import CLIENT
from .processes import binary, run

# What stands on a card of the page, a fact by its title, and its bars of errors.
CARD = """
const card = document.querySelector(`section[aria-label="${arguments[0]}"]`);
const facts = [...card.querySelectorAll('.facts div')].map((one) => [...one.children].map((part) => part.textContent).join(' '));
const words = (one) => [...one.children].map((part) => part.textContent).filter(Boolean).join(' ');
const bars = [...card.querySelectorAll('.bars li')].map(words).filter(Boolean);
return [...facts, ...bars].join(' · ');
"""
STANDING = ("breaker", "paused_for_s", "in_flight", "pending", "lag_s", "dead_letters", "rate_limited", "errors")


@dataclass
class Portrait:
    upstreams: dict
    top: str
    summary: str
    page: dict


class Chronicle:
    """Lines with the time since the beginning; written to `folder` together with the pictures of the page."""

    def __init__(self, sidecar, collector, browser, folder):
        self.sidecar, self.collector, self.browser, self.folder = sidecar, collector, browser, folder
        self.lines = []
        self._began = time.monotonic()
        self._told = Counter()
        folder.mkdir(parents=True, exist_ok=True)

    def note(self, text):
        minutes, seconds = divmod(time.monotonic() - self._began, 60)
        self.lines.append(f"{int(minutes):3}:{int(seconds):02}  {text}")
        self.write()

    def more(self, lines):
        self.lines += [f"          {line}" for line in lines]

    def write(self):
        (self.folder / "timeline.txt").write_text("\n".join(self.lines) + "\n")

    def received(self):
        """What has come to the collector of b since this was asked last: attempts by how they ended, events, log lines."""
        spans = self.collector.spans()
        now = Counter(f"attempt {span.get('pantograph.error.class') or span.get('http.response.status_code')}"
                      for span in spans if span.kind == CLIENT and span.get("pantograph.upstream") == "b")
        now.update(" ".join(["event", event.name, event.attributes.get("pantograph.skip.reason", "")]).rstrip()
                   for span in spans for event in span.events)
        now.update(f"log \"{record.body}\"" for record in self.collector.records() if record.attributes.get("upstream", "b") == "b")
        new = now - self._told
        self._told = now
        return [f"{what} ×{count}" for what, count in sorted(new.items())]


def standing(values):
    return ", ".join(f"{key} {values[key]}" for key in STANDING if values.get(key) is not None)


def portrait(chronicle, name):
    """What API, terminal and page say now, and what the collector has got since the last portrait."""
    one, browser = chronicle.sidecar, chronicle.browser
    upstreams = {each["name"]: each for each in one.api("upstreams").json()["upstreams"]}
    top = run([binary("pantograph"), "top", "--once", "--admin", one.admin])
    assert top.code == 0, top
    browser.appear("dark", 1280, 1100)
    browser.open(one.admin_url)
    browser.await_text("section[aria-label=b]", "429s")
    page = {each: browser.run(CARD, each) for each in upstreams}
    summary = browser.text("#summary")
    browser.driver.save_screenshot(str(chronicle.folder / f"page-{name}.png"))
    browser.driver.get("about:blank")
    chronicle.note(f"what is seen of it ({name})")
    chronicle.more(["/api/upstreams:", *(f"  {each}: {standing(values)}" for each, values in upstreams.items())])
    chronicle.more(["pantograph top:", *(f"  {line}" for line in top.out.rstrip().splitlines())])
    chronicle.more([f"page: {summary}", *(f"  {each}: {words}" for each, words in page.items())])
    chronicle.more(["collector, since the last time:", *(f"  {line}" for line in chronicle.received())])
    chronicle.write()
    return Portrait(upstreams, top.out, summary, page)


def story(one, collector, upstream):
    """The trace that met most kinds of failure on its way to `upstream` and got there, in words."""
    traces = {}
    for span in collector.spans():
        traces.setdefault(span.trace_id, []).append(span)

    def kinds(spans):
        return {span.get("pantograph.error.class") for span in spans if span.kind == CLIENT and span.get("pantograph.upstream") == upstream}

    arrived = [spans for spans in traces.values() if None in kinds(spans)]
    spans = sorted(max(arrived, key=lambda spans: (len(kinds(spans)), len(spans))), key=lambda span: span.start)
    begin = spans[0].start
    lines = [f"one trace, {spans[0].trace_id}:"]
    alike, last = 0, None
    for span in spans:
        result = span.get("pantograph.error.class") or span.get("http.response.status_code") or span.get("pantograph.delivery.result") or ""
        kind = (span.name, span.get("pantograph.upstream"), result)
        alike = alike + 1 if kind == last else 0
        last = kind
        if alike > 1:
            # Of many attempts that ended alike the first two stand for all.
            if not lines[-1].startswith("  …"):
                lines.append("")
            lines[-1] = f"  … and {alike - 1} more like it, the last at {(span.start - begin) / 1e9:.2f} s"
            continue
        lines.append(f"  {(span.start - begin) / 1e9:8.2f} s  {('', 'INTERNAL', 'SERVER', 'CLIENT')[span.kind]:8} {span.name:18} "
                     f"{span.get('pantograph.upstream') or '':2} {result} took {span.seconds:.3f} s")
        for event in span.events:
            words = ", ".join(f"{key.removeprefix('pantograph.')} {value}" for key, value in event.attributes.items())
            lines.append(f"             {'':8} event {event.name}: {words}")
    return lines
