internal import Exchange

/// Spans as one `ExportTraceServiceRequest` in OTLP's JSON form (opentelemetry-proto, `docs/specification.md`).
///
/// Until it is read, a span that is of a form is kept as what it puts in there: a tenth of its text. Written out as they come, the
/// spans of one request would drive what the event loops work with out of the processor's caches, and come back from memory when
/// they are sent.
final class SpanBatch: RequestText, BatchWriting {
    /// Forms that are kept; a span of another one is then kept as its text.
    static let mostForms = 64

    /// A span of a form. Forms are not counted here: the batch keeps them for longer than its spans.
    private struct Plain {
        let form: Unmanaged<SpanForm>
        let values: SpanValues

        /// Bytes that must be free where it is written.
        func room(target: Int) -> Int { form._withUnsafeGuaranteedRef { $0.room(target: target) } }
        func length(target: Int) -> Int { form._withUnsafeGuaranteedRef { $0.length(values, target: target) } }

        /// Writes it as a whole, and says where it ends.
        func write(target: UnsafeBufferPointer<UInt8>, at start: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
            form._withUnsafeGuaranteedRef { $0.write(values, target: target, at: start) }
        }
    }

    private struct Entry {
        /// nil where the span's own text is all of it.
        let plain: Plain?
        /// Where its own text ends, and that of the next begins.
        let textEnd: Int
    }

    /// The texts of spans that are of no form, and the targets of others, one behind the other.
    private var encoder: SpanEncoder
    private let opening: [UInt8]
    private var serverForms: [ServerForm] = []
    private var clientForms: [ClientForm] = []
    private var entries: [Entry] = []
    private(set) var bytes = 0

    // What is read next: the rest of a line, which is a span or what stands around all of them.
    private var line = JSONBytes(capacity: 4096)
    private var lineRead = 0
    private var linesRead = 0
    private var textRead = 0

    init(resource: SpanResource, version: String, encoder: consuming SpanEncoder) {
        self.encoder = encoder
        opening = OTLPRequest.opening("resourceSpans", "scopeSpans", "spans", resource, version: version)
    }

    // MARK: Writing

    var elements: Int { entries.count }
    var text: RequestText { self }

    /// Starts a request without spans.
    func begin() {
        encoder.json.clear()
        entries.removeAll(keepingCapacity: true)
        bytes = opening.count
        if serverForms.count == Self.mostForms { serverForms = [] }
        if clientForms.count == Self.mostForms { clientForms = [] }
        rewind()
    }

    func append(_ record: SpanRecord) {
        let start = encoder.json.count
        switch record {
        case .exchange(let record):
            guard let form = form(of: record) else { break }
            encoder.write(targetOf: record)
            return append(Plain(form: form, values: SpanValues(record)), ownText: start)
        case .attempt(let record):
            guard let form = form(of: record) else { break }
            encoder.write(targetOf: record)
            return append(Plain(form: form, values: SpanValues(record)), ownText: start)
        case .delivery: break
        }
        encoder.write(record)
        append(nil, ownText: start)
    }

    private func form(of record: ExchangeRecord) -> Unmanaged<SpanForm>? {
        guard ServerForm.isPlain(record) else { return nil }
        if let form = Self.newest(of: serverForms, where: { $0.fits(record) }) { return form }
        guard serverForms.count < Self.mostForms else { return nil }
        let form = encoder.form(of: .exchange(record)) { ServerForm(of: record, $0, $1) }
        serverForms.append(form)
        return .passUnretained(form)
    }

    private func form(of record: AttemptRecord) -> Unmanaged<SpanForm>? {
        guard ClientForm.isPlain(record) else { return nil }
        if let form = Self.newest(of: clientForms, where: { $0.fits(record) }) { return form }
        guard clientForms.count < Self.mostForms else { return nil }
        let form = encoder.form(of: .attempt(record)) { ClientForm(of: record, $0, $1) }
        clientForms.append(form)
        return .passUnretained(form)
    }

    /// The newest are those in use, where the application has begun to say something else.
    @inline(__always)
    private static func newest<Form: SpanForm>(of forms: [Form], where fits: (Form) -> Bool) -> Unmanaged<SpanForm>? {
        var place = forms.count
        while place > 0 {
            place -= 1
            if Unmanaged.passUnretained(forms[place])._withUnsafeGuaranteedRef(fits) { return .passUnretained(forms[place]) }
        }
        return nil
    }

    /// - Parameter start: where its own text begins.
    private func append(_ plain: Plain?, ownText start: Int) {
        let end = encoder.json.count
        // And the comma that stands between two.
        if !entries.isEmpty { bytes += 1 }
        bytes += plain?.length(target: end - start) ?? end - start
        entries.append(Entry(plain: plain, textEnd: end))
    }

    /// Ends the request. One without spans must not be sent.
    func finish() { bytes += OTLPRequest.closing.utf8CodeUnitCount }

    /// Forms that are kept now: for tests of the bound.
    var forms: Int { serverForms.count + clientForms.count }

    // MARK: Reading

    override var count: Int { bytes }

    override func rewind() {
        line.clear()
        (lineRead, linesRead, textRead) = (0, 0, 0)
    }

    override func read(into room: UnsafeMutableRawBufferPointer) -> Int {
        var filled = 0
        while filled < room.count {
            if lineRead == line.count {
                let written = writeNextSpan(to: UnsafeMutableRawBufferPointer(rebasing: room[filled...]))
                filled += written
                guard written == 0 else { continue }
                guard writeNextLine() else { break }
            }
            let part = UnsafeBufferPointer(rebasing: line.written[lineRead...].prefix(room.count - filled))
            UnsafeMutableRawBufferPointer(rebasing: room[filled...]).copyMemory(from: UnsafeRawBufferPointer(part))
            filled += part.count
            lineRead += part.count
        }
        return filled
    }

    /// Writes the next span, if it is of a form, to where it is read; 0 where it may not fit in there.
    private func writeNextSpan(to room: UnsafeMutableRawBufferPointer) -> Int {
        let place = linesRead - 1
        guard let start = room.baseAddress, entries.indices.contains(place), let plain = entries[place].plain,
            plain.room(target: entries[place].textEnd - textRead) < room.count
        else { return 0 }
        linesRead += 1
        start.storeBytes(of: UInt8(ascii: ","), as: UInt8.self)
        return plain.write(target: nextText(upTo: entries[place].textEnd), at: place > 0 ? start + 1 : start) - start
    }

    private func writeNextLine() -> Bool {
        line.clear()
        lineRead = 0
        defer { linesRead += 1 }
        switch linesRead {
        case 0: line.raw(opening)
        case 1...entries.count: write(linesRead - 1)
        case entries.count + 1: line.raw(OTLPRequest.closing)
        default: return false
        }
        return true
    }

    private func write(_ place: Int) {
        if place > 0 { line.raw(",") }
        let own = nextText(upTo: entries[place].textEnd)
        if let plain = entries[place].plain {
            line.fill(room: plain.room(target: own.count)) { plain.write(target: own, at: $0) }
        } else {
            line.raw(own)
        }
    }

    private func nextText(upTo end: Int) -> UnsafeBufferPointer<UInt8> {
        defer { textRead = end }
        return UnsafeBufferPointer(rebasing: encoder.json.written[textRead..<end])
    }
}
