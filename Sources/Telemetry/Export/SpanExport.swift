internal import Exchange
internal import Logging

/// What the export thread works by.
struct ExportWork: Sendable {
    var settings: OTLPSettings
    var backoff: ExportBackoff
    var resource: SpanResource
    var version: String
    var upstreams: [UpstreamSettings]
    var routes: [RouteSettings]
}

/// The export thread's own: takes records out of the queue, writes them as one request, and sends it until it is taken,
/// refused or too old.
struct SpanExport: ~Copyable {
    /// Bytes of a request upon which no more spans are added: with one more of the largest still far below OTLP's 64 MiB, and
    /// below what collectors take by default.
    static let fullRequest = 4 * 1024 * 1024
    /// The shortest pause between two looks at the queue, whatever the settings say.
    static let shortestDelay = Duration.milliseconds(10)

    private let settings: OTLPSettings
    private let backoff: ExportBackoff
    private let queue: SpanQueue
    private let control: ExportControl
    private let connection: CollectorConnection
    private let tally: ExportTally
    private let reporter: ExportReporter
    private let headers: CollectorHeaders
    private let gzip: Gzip?
    private var encoder: SpanEncoder
    private var health = ExportHealth()
    private var intake = SpanIntake()
    /// Tries that failed in a row, over all batches.
    private var failures = 0
    private var pause = Pause.none
    /// Whether the stop had come when the last try began.
    private var lastTryWasStopping = false
    /// Stopping, and no further try can help: what is left is dropped at once.
    private var isHopeless = false

    /// What keeps the next try off.
    private enum Pause {
        case none
        case own(until: MonotonicTime)
        /// The collector asked for it.
        case asked(until: MonotonicTime)
    }

    init(_ work: ExportWork, queue: SpanQueue, control: ExportControl, connection: CollectorConnection, tally: ExportTally, log: Logger) {
        settings = work.settings
        backoff = work.backoff
        self.queue = queue
        self.control = control
        self.connection = connection
        self.tally = tally
        reporter = ExportReporter(endpoint: work.settings.tracesEndpoint, log: log)
        headers = CollectorHeaders(work.settings.headers, log: log)
        gzip = work.settings.compression == .gzip ? Gzip() : nil
        encoder = SpanEncoder(resource: work.resource, version: work.version, upstreams: work.upstreams, routes: work.routes)
    }

    /// Until it is told to stop, and then until the queue is empty or the time is over.
    mutating func run() {
        let delay = max(settings.scheduleDelay, SpanExport.shortestDelay)
        var nextLook = MonotonicTime.now().advanced(by: delay)
        while !control.isStopping {
            control.bell.wait(until: nextLook)
            let isDue = MonotonicTime.now() >= nextLook
            guard isDue || queue.isBatchWaiting else { continue }
            repeat {} while exportBatch() && !control.isStopping && queue.isBatchWaiting
            nextLook = MonotonicTime.now().advanced(by: delay)
        }
        let droppedBefore = tally.dropped
        repeat {} while MonotonicTime.now() < control.deadline && !isHopeless && exportBatch()
        let left = intake.letGo()
        queue.left(left)
        tally.dropped(left + queue.close())
        reporter.leftOver(tally.dropped - droppedBefore)
    }

    // MARK: One batch

    /// False where nothing waits.
    private mutating func exportBatch() -> Bool {
        encoder.begin()
        while encoder.spans < max(1, settings.batch), encoder.json.count < SpanExport.fullRequest, let record = intake.next(from: queue) {
            encoder.append(record)
        }
        guard encoder.spans > 0 else { return false }
        encoder.finish()
        queue.left(encoder.spans)
        sendBatch()
        return true
    }

    private mutating func sendBatch() {
        let giveUp = MonotonicTime.now().advanced(by: backoff.giveUpAfter)
        while waitOutPause(until: giveUp) {
            let start = MonotonicTime.now()
            lastTryWasStopping = control.isStopping
            let answer = send()
            let seconds = MonotonicTime.now().seconds(since: start)
            if settle(ExportDecision(answer, spans: encoder.spans), seconds: seconds) { return }
        }
        isHopeless = control.isStopping
        tally.dropped(encoder.spans)
    }

    private func send() -> CollectorAnswer {
        let lines = headers.lines()
        let deadline = { [control] in control.deadline }
        let zipped = gzip?.compressed(encoder.json.written) { connection.post($0, isGzip: true, lines: lines, deadline: deadline) }
        if let zipped { return zipped }
        return connection.post(UnsafeRawBufferPointer(encoder.json.written), isGzip: false, lines: lines, deadline: deadline)
    }

    /// False where the batch is to be sent again.
    private mutating func settle(_ decision: ExportDecision, seconds: Double) -> Bool {
        switch decision {
        case .accepted(let rejected, let message):
            (failures, pause) = (0, .none)
            tally.tell(.exported(spans: encoder.spans - rejected, seconds: seconds))
            if rejected > 0 { tally.tell(.rejected(spans: rejected)) }
            reporter.tell(health.accepted(rejected: rejected, message: message, dropped: tally.dropped, at: .now()))
            return true
        case .refused(let trouble):
            tally.tell(.failedTry(seconds: seconds))
            reporter.tell(health.failed(trouble, refused: true, dropped: tally.dropped, at: .now()))
            tally.dropped(encoder.spans)
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

    /// Waits until the collector may be tried. False where it is no use: the batch would be too old by then, or the time to
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

/// The records taken out of the queue and not yet written.
struct SpanIntake {
    private var records: [SpanRecord] = []
    private var place = 0

    /// Storage for more records than these is not kept once they are written.
    private static let keptCapacity = 4096

    mutating func next(from queue: SpanQueue) -> SpanRecord? {
        if place == records.count {
            place = 0
            records.removeAll(keepingCapacity: records.capacity <= SpanIntake.keptCapacity)
            queue.take(into: &records)
        }
        guard place < records.count else { return nil }
        defer { place += 1 }
        return records[place]
    }

    /// Drops what has not been written and answers how much that was.
    mutating func letGo() -> Int {
        defer { (records, place) = ([], 0) }
        return records.count - place
    }
}
