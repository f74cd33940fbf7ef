/// How a scripted server treats one request: what it answers, how fast, and how it breaks off.
struct Behaviour: Sendable, Equatable {
    /// How the connection is treated once the request is complete.
    enum Ending: Sendable, Equatable {
        /// A whole answer.
        case answer
        /// Never an answer.
        case hang
        /// A RST in place of an answer.
        case reset
        /// A RST as soon as the request's head has come.
        case resetEarly
        /// A RST after so many bytes of the answer's body.
        case resetAfter(Int)
        /// A FIN in place of an answer.
        case close
        /// A FIN after so many bytes of the answer's body, which was announced longer.
        case closeAfter(Int)
        /// A whole answer on a connection that is said to be kept; then a FIN.
        case closeIdle
        /// Bytes that are not HTTP, then a FIN.
        case garbage
    }

    enum Body: Sendable, Equatable {
        /// A short JSON document that names the server and the status.
        case document
        /// So many bytes of `Pattern`.
        case pattern(Int)
        /// A JSON document that tells the request as it was received.
        case echo
        /// Server-sent events, one at a time.
        case events(Pace)
    }

    /// So many of something in each interval.
    struct Pace: Sendable, Equatable {
        var count: Int
        var interval: Duration
    }

    struct Field: Sendable, Equatable {
        var name: String
        var value: String
    }

    var status = 200
    /// Before the head; drawn evenly where the bounds differ.
    var delay: ClosedRange<Duration>?
    var body = Body.document
    var ending = Ending.answer
    /// How fast the answer's body goes out.
    var trickle: Pace?
    /// How fast the request's body is read.
    var slowRead: Pace?
    var chunked = false
    /// The answer goes out at the request's head; its body is not read, and the connection is closed after the answer.
    var early = false
    /// Statuses of interim answers before the final one.
    var interim: [Int] = []
    var fields: [Field] = []

    /// Bytes of the answer's body after which it breaks off.
    var cutAt: Int? {
        switch ending {
        case .resetAfter(let bytes), .closeAfter(let bytes): bytes
        default: nil
        }
    }

    /// How fast the answer's pieces follow each other.
    var pace: Duration? {
        if case .events(let pace) = body { return pace.interval }
        return trickle?.interval
    }

    /// Whether the bytes of the answer are the same for every request and go out in one piece.
    var isPlain: Bool {
        guard ending == .answer, trickle == nil, slowRead == nil, !early else { return false }
        return switch body {
        case .document: true
        case .pattern(let size): size <= 64 * 1024
        case .echo, .events: false
        }
    }
}
