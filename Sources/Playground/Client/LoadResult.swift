/// What came of a run so far.
struct LoadResult: Sendable {
    /// Calls begun.
    var sent = 0
    var answered = 0
    var byStatus: [Int: Int] = [:]
    var byError: [LoadError: Int] = [:]
    /// Calls that were due and never begun, because the run ended first.
    var unsent = 0
    /// From when a call was due to the last byte of its answer.
    var latency = LatencyHistogram()
    var bytesReceived = 0
    /// Nanoseconds from the first call to the last answer.
    var elapsed: UInt64 = 0

    var failed: Int { byError.values.reduce(0, +) }
    var perSecond: Double { elapsed > 0 ? Double(answered) / (Double(elapsed) / 1e9) : 0 }

    mutating func answered(status: Int, after nanoseconds: UInt64) {
        answered += 1
        byStatus[status, default: 0] += 1
        latency.record(nanoseconds)
    }

    mutating func failed(_ error: LoadError) { byError[error, default: 0] += 1 }
}

/// Why a call has no answer.
enum LoadError: String, CaseIterable, Sendable, Hashable {
    /// No connection could be made.
    case connect
    /// A RST, or another failure of the socket.
    case reset
    /// The connection ended before the answer did.
    case closed
    case timeout
    /// What came is no HTTP.
    case `protocol`
}
