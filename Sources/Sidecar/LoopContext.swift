internal import Exchange
internal import NIOCore
internal import Telemetry

/// What belongs to one event loop and is used on it alone, so that no request's path takes a contended lock.
///
/// `@unchecked Sendable`: made before the loops run; afterwards every use is on `eventLoop`, which `live` asserts.
final class LoopContext: @unchecked Sendable {
    let eventLoop: any EventLoop
    let recorder: Recorder
    var random = FastRandom()
    /// What applications call this sidecar and themselves.
    var hosts = RepeatedText()
    var userAgents = RepeatedText()
    private let activity: Activity
    private var exchanges: [any Ongoing] = []

    init(eventLoop: any EventLoop, recorder: Recorder, activity: Activity) {
        self.eventLoop = eventLoop
        self.recorder = recorder
        self.activity = activity
    }

    /// Exchanges that are not over, mirrors included: what a shutdown that has run out of time must settle.
    var live: [any Ongoing] {
        eventLoop.assertInEventLoop()
        return exchanges
    }

    /// All that goes on here is one activity, so that the lock is not taken for each.
    func enter(_ exchange: any Ongoing) {
        eventLoop.assertInEventLoop()
        if exchanges.isEmpty { activity.enter() }
        exchange.place = exchanges.count
        exchanges.append(exchange)
    }

    func leave(_ exchange: any Ongoing) {
        let last = exchanges.removeLast()
        if last !== exchange {
            exchanges[exchange.place] = last
            last.place = exchange.place
        }
        if exchanges.isEmpty { activity.leave() }
    }
}
