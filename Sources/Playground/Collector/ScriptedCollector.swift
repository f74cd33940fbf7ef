import Exchange
import NIOCore
import NIOHTTP1
import Synchronization

/// The server of `pantograph-playground collector`: takes OTLP-JSON, counts it, and shelves its traces where they are shown.
final class ScriptedCollector: Stage {
    struct Counts: Encodable, Sendable {
        /// Requests that were taken: answered below 400 and readable.
        var batches = 0
        /// Requests that were answered otherwise, as the script says or because they can't be read.
        var refused = 0
        var spans = 0
        var by_kind: [String: Int] = [:]
        var traces_open = 0
        var bytes = 0
    }

    private struct State {
        var counts = Counts()
        var byKind = [Int](repeating: 0, count: Span.Kind.allCases.count)
        var shelf = TraceShelf()
    }

    let name = "collector"
    let ledger: Ledger
    /// The OTLP specification's bound of a request, packed and unpacked.
    private let bodyBound = 64 << 20
    private let repertoire: Repertoire
    private let shelves: Bool
    private let state: Mutex<State>

    /// - Parameter shelves: whether traces are kept to be shown.
    init(repertoire: Repertoire, shelves: Bool, quiet: Duration) {
        self.repertoire = repertoire
        self.shelves = shelves
        self.ledger = Ledger(capacity: 0)
        var state = State()
        state.shelf = TraceShelf(quiet: quiet)
        self.state = Mutex(state)
    }

    var collects: Int? { bodyBound }

    func script(for head: HTTPRequestHead) throws(SpecError) -> Script { try repertoire.script(for: head) }

    func delay(of behaviour: Behaviour) -> Duration? { repertoire.delay(of: behaviour) }

    func received(_ head: HTTPRequestHead, body: ByteBuffer) -> Script? {
        guard head.method == .POST, ScriptText.cut(head.uri, at: "?").before == "/v1/traces" else {
            return refusal(404, "this collector takes POST /v1/traces")
        }
        guard head.headers.first(name: "content-type")?.lowercased().hasPrefix("application/json") == true else {
            return refusal(415, "this collector takes OTLP as application/json")
        }
        var plain = body
        if let encoding = head.headers.first(name: "content-encoding"), encoding != "identity" {
            guard encoding == "gzip" else { return refusal(415, "content-encoding is gzip or identity") }
            guard let unpacked = Gunzip.unpack(body, limit: bodyBound) else { return refusal(400, "the body is no gzip") }
            plain = unpacked
        }
        do {
            take(try spans(in: plain), bytes: body.readableBytes)
            return nil
        } catch {
            return refusal(400, "the body is no OTLP-JSON: \(error)")
        }
    }

    private func spans(in body: ByteBuffer) throws -> [Span] {
        var spans: [Span] = []
        try body.withUnsafeReadableBytes { bytes in try SpanReader.read(bytes) { spans.append($0) } }
        return spans
    }

    private func take(_ spans: [Span], bytes: Int) {
        let now = MonotonicTime.now()
        state.withLock { state in
            state.counts.batches += 1
            state.counts.spans += spans.count
            state.counts.bytes += bytes
            for span in spans {
                state.byKind[span.kind.rawValue] += 1
                if shelves { state.shelf.add(span, at: now) }
            }
        }
    }

    private func refusal(_ status: Int, _ sentence: String) -> Script {
        var behaviour = Behaviour()
        behaviour.status = status
        return Script(behaviour, document: Document.text(["message": sentence]))
    }

    /// The traces that have been quiet since their last span, and how many had to go before they were.
    func takeQuiet() -> (traces: [TraceShelf.Trace], forgotten: Int) {
        state.withLock { $0.shelf.takeQuiet(at: .now()) }
    }

    func control(_ method: HTTPMethod, _ target: String) -> Control {
        switch (method, target) {
        case (.GET, Control.prefix + "stats"): return Control(document: Document.text(counts))
        case (.DELETE, Control.prefix + "requests"):
            state.withLock {
                $0.counts = Counts()
                $0.byKind = [Int](repeating: 0, count: $0.byKind.count)
            }
            ledger.reset()
            return Control(document: "{}")
        default: return Control(method, target, ledger)
        }
    }

    private var counts: Counts {
        let served = ledger.counts
        return state.withLock { state in
            var counts = state.counts
            for kind in Span.Kind.allCases where state.byKind[kind.rawValue] > 0 {
                counts.by_kind[kind.name] = state.byKind[kind.rawValue]
            }
            counts.refused = max(0, served.requests - counts.batches)
            counts.traces_open = state.shelf.count
            return counts
        }
    }
}
