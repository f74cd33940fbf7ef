internal import Exchange

/// How far one attempt has come.
struct Progress {
    var reader: AnswerReader

    // MARK: The connection

    /// When the attempt began to resolve or connect by itself; nil where it uses, or waits for, a connection that is there.
    var connectingSince: MonotonicTime?
    /// When it had a connection, TLS included.
    private(set) var connectedAt: MonotonicTime?
    /// Whether that connection had been made for an attempt before.
    private(set) var reusesConnection = false
    /// Every connection that may be open is in use, so it is not the upstream's fault that there is none.
    var awaitsConnection = false
    var peerAddress: String?
    var peerPort: Int?

    // MARK: The request's body

    var position = RequestBody.Position()
    private(set) var hasBody = false
    private var isInline = false
    /// Bytes still to be read; nil where the length is not known.
    private(set) var bodyLeft: Int?
    private(set) var bodySent = 0
    /// When its last byte was handed to libcurl.
    private(set) var bodyEndedAt: MonotonicTime?
    /// libcurl waits for more of it.
    var isBodyHeld = false
    /// It is short, and waited for before anything is sent.
    var isGathering = false

    // MARK: The answer

    var firstByteAt: MonotonicTime?
    var answerBytes = 0
    /// libcurl waits for the sink.
    var isAnswerHeld = false
    /// Why a callback has broken it off: what counts, whatever libcurl makes of it.
    var failure: Failure?
    /// The answer is complete though libcurl would read on.
    var isSettled = false

    init(_ reader: AnswerReader = AnswerReader(keepsFields: false, isHead: false)) { self.reader = reader }

    /// The request's body as it will be sent.
    mutating func sends(_ body: RequestForm.Body) {
        switch body {
        case .none: break
        case .inline(let count):
            hasBody = count > 0
            bodyLeft = count
            isInline = true
        case .streamed(let size):
            hasBody = true
            bodyLeft = size
        }
    }

    /// So many bytes more have been handed to libcurl.
    mutating func sent(_ bytes: Int, at now: MonotonicTime) {
        bodySent += bytes
        guard let left = bodyLeft else { return }
        bodyLeft = left - bytes
        if left == bytes { bodyEndedAt = now }
    }

    /// The head goes out, and with it a body that is in memory.
    mutating func headSent(at now: MonotonicTime) {
        connectedAt = now
        reusesConnection = connectingSince == nil
        if isInline, let left = bodyLeft { sent(left, at: now) }
    }

    mutating func bodyEnded(at now: MonotonicTime) { bodyEndedAt = now }

    // MARK: Deadlines

    /// The earliest time by which something must have happened, and the class of its not having happened.
    func deadline(startedAt: MonotonicTime, _ times: Times) -> (at: MonotonicTime, errorClass: ErrorClass) {
        var next = (at: times.after(startedAt, times.total), errorClass: ErrorClass.totalTimeout)
        if firstByteAt == nil, let start = hasBody ? bodyEndedAt : startedAt {
            let at = times.after(start, times.firstByte)
            if at < next.at { next = (at, .firstByteTimeout) }
        }
        if connectedAt == nil, !isGathering, !awaitsConnection || connectingSince != nil {
            let at = times.after(connectingSince ?? startedAt, times.connect)
            if at <= next.at { next = (at, .connectTimeout) }
        }
        return next
    }
}

/// The timeouts of an upstream in nanoseconds: `Duration` is 128 bits wide, too slow to reckon with for each request.
struct Times {
    let connect: UInt64
    let firstByte: UInt64
    let total: UInt64
    private let shortest: UInt64
    private let shortestConnected: UInt64

    init(_ timeouts: UpstreamSettings.Timeouts) {
        connect = UInt64(max(0, timeouts.connect.nanoseconds))
        firstByte = UInt64(max(0, timeouts.firstByte.nanoseconds))
        total = UInt64(max(0, timeouts.total.nanoseconds))
        shortestConnected = min(firstByte, total)
        shortest = min(connect, shortestConnected)
    }

    /// The time before which none of them can be over.
    func earliest(after start: MonotonicTime, isConnected: Bool) -> MonotonicTime {
        after(start, isConnected ? shortestConnected : shortest)
    }

    func after(_ start: MonotonicTime, _ wait: UInt64) -> MonotonicTime { start.advanced(nanoseconds: wait) }
}
