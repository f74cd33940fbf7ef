internal import Exchange
internal import NIOCore

/// What there is to tell of one attempt since its sink was told last, in the order in which all of it comes: heads, body, end.
///
/// Held by the attempt itself, from where it is moved to the sink: an outcome is too large to be handed on from queue to queue.
/// Bounded: an attempt has at most its high-water mark in bodies, a bounded number of heads and one end in here.
struct Tidings {
    /// Heads that came before `head` in one round: interim ones.
    private var earlier: [AnswerHead] = []
    private var head: AnswerHead?
    private var body: ByteBuffer?
    private var outcome: AttemptOutcome?

    mutating func add(_ head: consuming AnswerHead) {
        if let interim = self.head.take() { earlier.append(interim) }
        self.head = head
    }

    mutating func add(_ bytes: consuming ByteBuffer) {
        if body?.writeImmutableBuffer(bytes) == nil { body = bytes }
    }

    mutating func end(_ outcome: consuming AttemptOutcome) { self.outcome = outcome }

    /// The first of those that are left.
    mutating func takeHead() -> AnswerHead? { earlier.isEmpty ? head.take() : earlier.removeFirst() }
    mutating func takeBody() -> ByteBuffer? { body.take() }
    mutating func takeOutcome() -> AttemptOutcome? { outcome.take() }
}
