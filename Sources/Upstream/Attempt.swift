package import Exchange
internal import NIOCore
internal import Synchronization

/// Where attempts that have something to say are taken: the upstream thread's mailbox or an event loop's station.
protocol AttemptPost: AnyObject, Sendable {
    /// From any thread; false where nobody hears it any more.
    func post(_ attempt: Attempt) -> Bool
}

/// One running HTTP request. The thread that started it, and any other, says here what it wants of it; whoever carries it out hears
/// of it through its post.
package final class Attempt: Sendable {
    /// What has been asked for and not been seen to yet.
    struct Signals: OptionSet {
        let rawValue: UInt8
        static let start = Signals(rawValue: 1)
        static let cancel = Signals(rawValue: 2)
        /// The sink has room for more of the answer.
        static let room = Signals(rawValue: 4)
        /// There is more of the request's body, or it needs no more waiting for.
        static let more = Signals(rawValue: 8)
        /// The outcome is on its way: nothing is heard any more.
        static let ended = Signals(rawValue: 128)
    }

    /// Bytes of the answer that may be on their way to the sink before reading stops, not counting the last part read
    /// (at most `ReadMemory.size`), and at which it goes on.
    static let highWater = 256 * 1024
    static let lowWater = highWater / 2

    package let request: AttemptRequest
    package let startedAt: MonotonicTime
    let sink: any AttemptSink
    let track: Track
    private let signals = Atomic<UInt8>(0)
    private let outstanding = Atomic<Int>(0)
    private let isHeld = Atomic<Bool>(false)
    /// What carries it out, and is its origin's. Unsafe to the compiler, since its ground alone reads and writes it.
    nonisolated(unsafe) unowned(unsafe) var carrier: Carrier?
    /// What its station has to tell of it. The station's alone, as is whether the attempt waits there for that.
    nonisolated(unsafe) var tidings = Tidings()
    nonisolated(unsafe) var hasTidings = false

    init(_ request: consuming AttemptRequest, sink: any AttemptSink, track: Track) {
        self.request = request
        self.startedAt = .now()
        self.sink = sink
        self.track = track
    }

    /// So many bytes of the answer's body have been passed on. From any thread.
    package func consumed(_ bytes: Int) {
        // Sequentially consistent against `mustHold`: of "the bytes went down" and "reading was held", at least one side
        // sees the other's.
        let left = outstanding.wrappingSubtract(bytes, ordering: .sequentiallyConsistent).newValue
        guard left <= Self.lowWater, isHeld.load(ordering: .sequentiallyConsistent) else { return }
        signal(.room)
    }

    /// Ends it as `cancelled`, if it has not ended yet; the sink is told as of any other end. From any thread.
    package func cancel() { signal(.cancel) }

    /// Posts it unless it is on its way already; false where nobody hears it any more.
    @discardableResult
    func signal(_ signal: Signals) -> Bool {
        let before = signals.bitwiseOr(signal.rawValue, ordering: .acquiringAndReleasing).oldValue
        return before == 0 ? track.take(self) : true
    }

    // MARK: Where it is carried out

    func takeSignals() -> Signals {
        Signals(rawValue: signals.bitwiseAnd(Signals.ended.rawValue, ordering: .acquiringAndReleasing).oldValue)
    }

    /// Hears nothing more from now on.
    func close() {
        signals.store(Signals.ended.rawValue, ordering: .releasing)
        track.leave()
    }

    func sent(_ bytes: Int) { outstanding.wrappingAdd(bytes, ordering: .relaxed) }

    /// Whether reading must wait for the sink; `Signals.room` comes when it may go on.
    func mustHold() -> Bool {
        guard outstanding.load(ordering: .relaxed) > Self.highWater else { return false }
        isHeld.store(true, ordering: .sequentiallyConsistent)
        guard outstanding.load(ordering: .sequentiallyConsistent) <= Self.lowWater else { return true }
        isHeld.store(false, ordering: .relaxed)
        return false
    }

    func goOn() { isHeld.store(false, ordering: .relaxed) }

    // MARK: The event loop's side

    func deliver(_ news: consuming News) {
        switch news {
        case .head(let head): sink.attempt(self, received: head)
        case .body(let body): sink.attempt(self, received: body)
        case .ended(let outcome): sink.attempt(self, ended: outcome)
        }
    }

    func deliverTidings() {
        hasTidings = false
        sink.newsBegins()
        while let head = tidings.takeHead() { sink.attempt(self, received: head) }
        if let body = tidings.takeBody() { sink.attempt(self, received: body) }
        if let outcome = tidings.takeOutcome() { sink.attempt(self, ended: outcome) }
        sink.newsEnds()
    }
}
