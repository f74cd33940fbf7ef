package import Exchange
package import NIOCore

/// One HTTP request to one upstream, ready for the wire. Its attempt has it to itself: copies of it would count all that it holds.
package struct AttemptRequest: ~Copyable, Sendable {
    package let upstream: UpstreamID
    package let method: String
    /// The target below the upstream's origin: the base URL's path and the application's target, byte for byte.
    package let target: String
    /// Every field that is to be sent, `Host` included, framing (`Content-Length`, `Transfer-Encoding`) excluded.
    package let headers: Headers
    package let body: RequestBody?
    package let bodyLength: BodyLength
    /// Whether this attempt's reading makes room in `body` for more (see `RequestBody.read`).
    package let readsAsPrimary: Bool
    /// Whether the sink gets the answer's head and body, or its outcome alone.
    package let wantsAnswer: Bool
    /// Whether somebody waits for its outcome. Where not, the sink may be told some milliseconds later, together with other news.
    package let isUrgent: Bool

    package init(
        upstream: UpstreamID, method: String, target: String, headers: Headers, body: RequestBody?, bodyLength: BodyLength,
        readsAsPrimary: Bool, wantsAnswer: Bool, isUrgent: Bool = true
    ) {
        self.upstream = upstream
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
        self.bodyLength = bodyLength
        self.readsAsPrimary = readsAsPrimary
        self.wantsAnswer = wantsAnswer
        self.isUrgent = isUrgent
    }
}

/// Where an attempt's answer goes. Every call comes on the event loop that was named when the attempt was started, in
/// order; `attemptEnded` comes exactly once and last, cancelled attempts included.
package protocol AttemptSink: AnyObject, Sendable {
    /// What follows until `newsEnds` has come at one time.
    func newsBegins()
    func newsEnds()
    /// The head of the answer, interim ones (1xx but 101) too. Fields as received, hop-by-hop ones included.
    func attempt(_ attempt: Attempt, received head: AnswerHead)
    /// A part of the answer's body. Call `attempt.consumed` with its length when it has been passed on: more than a
    /// bounded amount is not read from the upstream before that.
    func attempt(_ attempt: Attempt, received body: ByteBuffer)
    func attempt(_ attempt: Attempt, ended outcome: consuming AttemptOutcome)
}

extension AttemptSink {
    package func newsBegins() {}
    package func newsEnds() {}
}
