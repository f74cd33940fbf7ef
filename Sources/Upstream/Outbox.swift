internal import Exchange
internal import NIOCore

/// What a sink is told.
enum News: Sendable {
    case head(AnswerHead)
    case body(ByteBuffer)
    case ended(AttemptOutcome)
}

/// News on their way to the sinks, gathered for each event loop so that a round of the upstream thread wakes a loop once. News
/// that nobody waits for wake none: they go with the next that somebody does, or after some milliseconds.
///
/// Bounded by what runs: an attempt has at most its high-water mark in bodies, a bounded number of heads and one end in here.
struct Outbox {
    /// How long news may wait that nobody waits for, in nanoseconds.
    static let patience: UInt64 = 5_000_000

    private struct Notice: Sendable {
        let attempt: Attempt
        let news: News
    }

    private struct Batch {
        let eventLoop: any EventLoop
        var notices: [Notice]
        /// When they leave at the latest.
        var due: MonotonicTime
    }

    /// As many as event loops have news: a handful, so that looking through them is cheaper than hashing.
    private var batches: [Batch] = []

    /// When the next news must leave; nil without any.
    var due: MonotonicTime? { batches.map(\.due).min() }

    /// - Parameter now: the time of the round.
    mutating func add(_ news: consuming News, for attempt: Attempt, at now: MonotonicTime) {
        let notice = Notice(attempt: attempt, news: news)
        let due = attempt.request.isUrgent ? now : now.advanced(nanoseconds: Self.patience)
        if let place = batches.firstIndex(where: { $0.eventLoop === attempt.track.eventLoop }) {
            batches[place].notices.append(notice)
            if due < batches[place].due { batches[place].due = due }
        } else {
            batches.append(Batch(eventLoop: attempt.track.eventLoop, notices: [notice], due: due))
        }
    }

    /// Sends off what is due.
    mutating func flush(at now: MonotonicTime) {
        guard !batches.isEmpty else { return }
        for batch in batches where batch.due <= now {
            let notices = batch.notices
            batch.eventLoop.execute { Self.deliver(notices) }
        }
        batches.removeAll { $0.due <= now }
    }

    /// News of one attempt from one round stand next to each other.
    private static func deliver(_ notices: [Notice]) {
        var start = 0
        while start < notices.count {
            let attempt = notices[start].attempt
            var end = start
            attempt.sink.newsBegins()
            while end < notices.count, notices[end].attempt === attempt {
                attempt.deliver(notices[end].news)
                end += 1
            }
            attempt.sink.newsEnds()
            start = end
        }
    }
}
