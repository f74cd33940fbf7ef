internal import Exchange

/// What attempts at one upstream in one role came to.
struct LegFigures: Sendable {
    /// By place of `StatusLabel`; empty before the first answer.
    private(set) var responses: [UInt64] = []
    /// By place of the error class.
    private(set) var errors = [UInt64](repeating: 0, count: ErrorClass.allCases.count)
    /// 429s received.
    private(set) var rateLimited: UInt64 = 0
    /// By outcome: place 0 is success, then one for each error class.
    private(set) var durations = [Histogram](repeating: Histogram(), count: ErrorClass.allCases.count + 1)
    private(set) var firstByte = Histogram()
    private(set) var latency = LatencyWindow()

    mutating func ended(_ record: AttemptRecord) {
        if let status = record.outcome.status { answered(status) }
        var place = 0
        if let errorClass = record.outcome.errorClass {
            errors[errorClass.place] &+= 1
            place = errorClass.place + 1
        }
        let nanoseconds = record.outcome.endedAt.nanoseconds(since: record.outcome.startedAt)
        if record.story.isSampled {
            durations[place].observe(
                Histogram.Exemplar(
                    traceID: record.story.trace.traceID, spanID: record.spanID, nanoseconds: nanoseconds,
                    at: record.story.startedAt.wall(at: record.outcome.endedAt)))
        } else {
            durations[place].observe(nanoseconds)
        }
        if let firstByteAt = record.outcome.firstByteAt { firstByte.observe(firstByteAt.nanoseconds(since: record.outcome.startedAt)) }
        latency.record(nanoseconds, at: record.outcome.endedAt)
    }

    private mutating func answered(_ status: Int) {
        if responses.isEmpty { responses = Array(repeating: 0, count: StatusLabel.count) }
        responses[StatusLabel.place(status)] &+= 1
        if status == 429 { rateLimited &+= 1 }
    }

    mutating func merge(_ other: LegFigures) {
        if responses.isEmpty {
            responses = other.responses
        } else if !other.responses.isEmpty {
            for place in responses.indices { responses[place] &+= other.responses[place] }
        }
        for place in errors.indices { errors[place] &+= other.errors[place] }
        rateLimited &+= other.rateLimited
        for place in durations.indices { durations[place].merge(other.durations[place]) }
        firstByte.merge(other.firstByte)
        latency.merge(other.latency)
    }
}
