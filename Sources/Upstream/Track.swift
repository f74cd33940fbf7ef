internal import NIOCore

/// What attempts at one upstream have in common that are told on one event loop: made once for all of them, so that each has one
/// thing to hold on to.
final class Track: Sendable {
    /// On which their sinks are told.
    let eventLoop: any EventLoop
    private let gauge: Gauge
    /// Where they are taken when they have something to say.
    private let post: any AttemptPost

    init(_ eventLoop: any EventLoop, _ gauge: Gauge, _ post: any AttemptPost) {
        self.eventLoop = eventLoop
        self.gauge = gauge
        self.post = post
    }

    /// Counts an attempt in; false where as many are running as may.
    func enter() -> Bool { gauge.enter() }
    func leave() { gauge.leave() }

    /// False where nobody hears it any more.
    func take(_ attempt: Attempt) -> Bool { post.post(attempt) }
}
