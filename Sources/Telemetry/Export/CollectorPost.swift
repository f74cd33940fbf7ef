internal import Exchange
internal import Logging

/// Brings one request after the other to the collector: sends each until it is taken, refused or too old, and tells what became
/// of what it carried. Used on one thread.
struct CollectorPost: ~Copyable {
    private let backoff: ExportBackoff
    private let control: ExportControl
    private let connection: CollectorConnection
    private let tally: ExportTally
    private let reporter: ExportReporter
    private let headers: CollectorHeaders
    private let gzip: Gzip?
    private var health = ExportHealth()
    /// Tries that failed in a row, over all requests.
    private var failures = 0
    private var pause = Pause.none
    /// Whether the stop had come when the last try began.
    private var lastTryWasStopping = false
    /// Stopping, and no further try can help: what is left is dropped at once.
    private(set) var isHopeless = false

    /// What keeps the next try off.
    private enum Pause {
        case none
        case own(until: MonotonicTime)
        /// The collector asked for it.
        case asked(until: MonotonicTime)
    }

    init(
        _ signal: ExportSignal, _ settings: OTLPSettings, backoff: ExportBackoff, control: ExportControl, connection: CollectorConnection,
        tally: ExportTally, log: Logger
    ) {
        self.backoff = backoff
        self.control = control
        self.connection = connection
        self.tally = tally
        reporter = ExportReporter(signal, endpoint: settings.endpoint, log: log)
        headers = CollectorHeaders(settings.headers, of: signal, log: log)
        gzip = settings.appliedCompression == .gzip ? Gzip() : nil
    }

    /// Returns when the request has met its end.
    ///
    /// - Parameters:
    ///   - text: the request's.
    ///   - items: how many spans, data points or log records it carries.
    mutating func deliver(_ text: RequestText, items: Int) {
        let giveUp = MonotonicTime.now().advanced(by: backoff.giveUpAfter)
        while waitOutPause(until: giveUp) {
            let start = MonotonicTime.now()
            lastTryWasStopping = control.isStopping
            let answer = send(text)
            let seconds = MonotonicTime.now().seconds(since: start)
            if settle(ExportDecision(answer, spans: items), items: items, seconds: seconds) { return }
        }
        isHopeless = control.isStopping
        tally.dropped(items)
    }

    /// At the end of the export: so many were not sent.
    func leftOver(_ items: Int) { reporter.leftOver(items) }

    private func send(_ text: RequestText) -> CollectorAnswer {
        let lines = headers.lines()
        let deadline = { [control] in control.deadline }
        if let zipped = gzip?.compressed(text) { return connection.post(zipped, isGzip: true, lines: lines, deadline: deadline) }
        return connection.post(text, isGzip: false, lines: lines, deadline: deadline)
    }

    /// False where the request is to be sent again.
    private mutating func settle(_ decision: ExportDecision, items: Int, seconds: Double) -> Bool {
        switch decision {
        case .accepted(let rejected, let message):
            (failures, pause) = (0, .none)
            tally.tell(.exported(spans: items - rejected, seconds: seconds))
            if rejected > 0 { tally.tell(.rejected(spans: rejected)) }
            reporter.tell(health.accepted(rejected: rejected, message: message, dropped: tally.dropped, at: .now()))
            return true
        case .refused(let trouble):
            tally.tell(.failedTry(seconds: seconds))
            reporter.tell(health.failed(trouble, refused: true, dropped: tally.dropped, at: .now()))
            tally.dropped(items)
            return true
        case .again(let asked, let trouble):
            failures += 1
            pause = pause(asked: asked)
            isHopeless = control.isStopping && trouble.isAbsence
            tally.tell(.failedTry(seconds: seconds))
            reporter.tell(health.failed(trouble, refused: false, dropped: tally.dropped, at: .now()))
            return false
        }
    }

    // MARK: Pauses

    private func pause(asked: Duration?) -> Pause {
        let now = MonotonicTime.now()
        if let asked { return .asked(until: now.advanced(by: min(asked, backoff.longestAsked))) }
        return .own(until: now.advanced(by: backoff.delay(after: failures, random: .random(in: 0...1))))
    }

    /// Waits until the collector may be tried. False where it is no use: the request would be too old by then, or the time to
    /// stop would be over. A pause of our own ends early when the stop comes, for one last try.
    private func waitOutPause(until giveUp: MonotonicTime) -> Bool {
        while true {
            let now = MonotonicTime.now()
            guard !isHopeless, now < control.deadline else { return false }
            switch pause {
            case .none: return true
            case .own(let time):
                if now >= time || control.isStopping && !lastTryWasStopping { return true }
                guard time < min(giveUp, control.deadline) else { return false }
                control.bell.wait(until: time)
            case .asked(let time):
                if now >= time { return true }
                guard time < min(giveUp, control.deadline) else { return false }
                control.bell.wait(until: time)
            }
        }
    }
}
