internal import Exchange
internal import NIOCore

/// What a sink is told.
enum News: Sendable {
    case head(AnswerHead)
    case body(ByteBuffer)
    case ended(AttemptOutcome)
}

/// News on their way to the sinks, gathered for each event loop so that a round of the upstream thread wakes a loop once.
///
/// Bounded by what runs: an attempt has at most its high-water mark in bodies, a bounded number of heads and one end in here.
struct Outbox {
    private struct Notice: Sendable {
        let attempt: Attempt
        let news: News
    }

    private struct Batch {
        let eventLoop: any EventLoop
        var notices: [Notice]
    }

    /// As many as event loops got news this round: a handful, so that looking through them is cheaper than hashing.
    private var batches: [Batch] = []

    mutating func add(_ news: News, for attempt: Attempt) {
        let notice = Notice(attempt: attempt, news: news)
        if let place = batches.firstIndex(where: { $0.eventLoop === attempt.eventLoop }) {
            batches[place].notices.append(notice)
        } else {
            batches.append(Batch(eventLoop: attempt.eventLoop, notices: [notice]))
        }
    }

    mutating func flush() {
        guard !batches.isEmpty else { return }
        for batch in batches {
            let notices = batch.notices
            batch.eventLoop.execute {
                for notice in notices { notice.attempt.deliver(notice.news) }
            }
        }
        batches.removeAll(keepingCapacity: true)
    }
}
