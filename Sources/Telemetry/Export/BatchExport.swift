internal import Exchange

/// Writes what waits as one request in OTLP's JSON form.
protocol BatchWriting: ~Copyable, SendableMetatype {
    associatedtype Element: Sendable

    /// How many the request holds.
    var elements: Int { get }
    /// Bytes that it has so far.
    var bytes: Int { get }
    /// Its text, whole after `finish`; valid until more is written.
    var text: RequestText { get }

    /// Starts a request that holds none.
    mutating func begin()
    mutating func append(_ element: Element)
    mutating func finish()
}

/// The export thread's own: takes elements out of the queue, adds them to a request as they come and has it
/// delivered when it is full or its time has come.
struct BatchExport<Writer: BatchWriting & ~Copyable>: ~Copyable {
    /// Bytes of a request upon which nothing more is added: with one more of the largest still far below OTLP's 64 MiB, and
    /// below what collectors take by default.
    static var fullRequest: Int { 4 * 1024 * 1024 }
    /// The shortest pause between two looks at the queue, whatever the settings say.
    static var shortestDelay: Duration { .milliseconds(10) }

    private let settings: OTLPSettings
    private let queue: ExportQueue<Writer.Element>
    private let control: ExportControl
    private let tally: ExportTally
    private var writer: Writer
    private var post: CollectorPost
    private var intake = ExportIntake<Writer.Element>()

    init(
        _ settings: OTLPSettings, queue: ExportQueue<Writer.Element>, control: ExportControl, tally: ExportTally, writer: consuming Writer,
        post: consuming CollectorPost
    ) {
        self.settings = settings
        self.queue = queue
        self.control = control
        self.tally = tally
        self.writer = writer
        self.post = post
    }

    /// Until it is told to stop, and then until the queue is empty or the time is over.
    mutating func run() {
        let delay = max(settings.scheduleDelay, Self.shortestDelay)
        var nextLook = MonotonicTime.now().advanced(by: delay)
        writer.begin()
        while !control.isStopping {
            control.bell.wait(until: nextLook)
            write()
            guard isFull || MonotonicTime.now() >= nextLook else { continue }
            repeat {
                send()
                write()
            } while !control.isStopping && isFull
            nextLook = MonotonicTime.now().advanced(by: delay)
        }
        let droppedBefore = tally.dropped
        write()
        while writer.elements > 0, MonotonicTime.now() < control.deadline, !post.isHopeless {
            send()
            write()
        }
        let left = writer.elements + intake.letGo()
        queue.left(left)
        tally.dropped(left + queue.close())
        post.leftOver(tally.dropped - droppedBefore)
    }

    /// Nothing more is added to the request.
    private var isFull: Bool { writer.elements >= max(1, settings.batch) || writer.bytes >= Self.fullRequest }

    /// Adds what waits to the request while there is room.
    private mutating func write() {
        while !isFull, let element = intake.next(from: queue) { writer.append(element) }
    }

    /// Has the request delivered, if it holds anything, and begins another one.
    private mutating func send() {
        guard writer.elements > 0 else { return }
        writer.finish()
        queue.left(writer.elements)
        post.deliver(writer.text, items: writer.elements)
        writer.begin()
    }
}

/// What has been taken out of the queue and not yet written.
struct ExportIntake<Element: Sendable> {
    /// The next one last, so that each is handed on and not copied.
    private var elements: [Element] = []

    /// Storage for more than these is not kept once they are written.
    private static var keptCapacity: Int { 4096 }

    mutating func next(from queue: ExportQueue<Element>) -> Element? {
        if elements.isEmpty {
            if elements.capacity > Self.keptCapacity { elements = [] }
            queue.take(into: &elements)
            elements.reverse()
        }
        return elements.popLast()
    }

    /// Drops what has not been written and answers how much that was.
    mutating func letGo() -> Int {
        defer { elements = [] }
        return elements.count
    }
}
