internal import Exchange

/// What spans that differ in their ids, times, sizes and targets alone have in common: the text of one of them, with places left
/// open. Nearly every span is of a form that the one before it on the same way was of, and is then a few words until it is sent.
class SpanForm {
    /// What is put in where the text is open.
    enum Place {
        case traceID, spanID, parentSpanID, start, end
        /// Of `url.full` what follows the origin; of a SERVER span the path, and the query as an attribute behind it.
        case target
        case requestBody, responseBody, exchangeID

        fileprivate var hasFixedLength: Bool {
            switch self {
            case .traceID, .spanID, .parentSpanID, .exchangeID: true
            case .start, .end, .target, .requestBody, .responseBody: false
            }
        }
    }

    /// What has been written for a place, and where.
    struct Filled {
        let place: Place
        let range: Range<Int>
    }

    private struct Opening {
        let place: Place
        /// So many bytes of the form's text stand before it.
        let offset: Int
    }

    /// Its own, not arrays, which would be counted at each use.
    private let text: UnsafeBufferPointer<UInt8>
    private let openings: UnsafeBufferPointer<Opening>
    /// Bytes of every span of it: without times, sizes and target, whose lengths differ.
    private let fixedLength: Int
    private let mostLength: Int
    private let hasTarget: Bool

    /// - Parameters:
    ///   - text: a span's.
    ///   - filled: what in it stands in places, front to back.
    fileprivate init(_ text: UnsafeBufferPointer<UInt8>, _ filled: [Filled]) {
        var (rest, openings, end) = ([UInt8](), [Opening](), 0)
        for value in filled {
            rest += text[end..<value.range.lowerBound]
            end = value.range.upperBound
            openings.append(Opening(place: value.place, offset: rest.count))
        }
        rest += text[end...]
        self.text = Self.keep(rest)
        self.openings = Self.keep(openings)
        fixedLength = rest.count + filled.reduce(0) { $0 + ($1.place.hasFixedLength ? $1.range.count : 0) }
        mostLength = fixedLength + filled.reduce(0) { $0 + ($1.place.hasFixedLength ? 0 : DecimalDigits.room) }
        hasTarget = filled.contains { $0.place == .target }
    }

    deinit {
        text.deallocate()
        openings.deallocate()
    }

    private static func keep<Element>(_ elements: [Element]) -> UnsafeBufferPointer<Element> {
        let memory = UnsafeMutableBufferPointer<Element>.allocate(capacity: elements.count)
        _ = memory.initialize(fromContentsOf: elements)
        return UnsafeBufferPointer(memory)
    }

    /// Bytes of a span of this form, whose target has `target`.
    final func length(_ values: SpanValues, target: Int) -> Int {
        fixedLength + DecimalDigits.count(of: values.start.nanosecondsSinceEpoch)
            + DecimalDigits.count(of: values.end.nanosecondsSinceEpoch) + DecimalDigits.count(of: values.requestBytes)
            + DecimalDigits.count(of: values.responseBytes) + (hasTarget ? target : 0)
    }

    /// Bytes that must be free where such a span is written: no span of it has so many.
    final func room(target: Int) -> Int { mostLength + target }

    /// Writes the span as a whole, and says where it ends.
    final func write(_ values: SpanValues, target: UnsafeBufferPointer<UInt8>, at start: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        var (end, place) = (start, 0)
        for opening in openings {
            end = UnsafeBufferPointer(rebasing: text[place..<opening.offset]).put(at: end)
            end = values.write(opening.place, target, at: end)
            place = opening.offset
        }
        return UnsafeBufferPointer(rebasing: text[place...]).put(at: end)
    }
}

/// A form of SERVER spans.
final class ServerForm: SpanForm {
    private let status: Int?
    private let route: Int?
    private let flags: UInt8
    private let minorVersion: Int
    private let hasParent: Bool
    private let method: String
    private let host: String?
    private let clientAddress: String?
    private let userAgent: String?

    init(of record: ExchangeRecord, _ text: UnsafeBufferPointer<UInt8>, _ filled: [Filled]) {
        let story = record.story
        status = record.status
        route = story.route?.index
        flags = story.trace.flags.rawValue
        minorVersion = story.minorVersion
        hasParent = story.parentSpanID != nil
        (method, host, clientAddress, userAgent) = (story.method, story.host, story.clientAddress, story.userAgent)
        super.init(text, filled)
    }

    /// Whether a span is one of many: it has gone well and there is nothing more to say of it.
    static func isPlain(_ record: ExchangeRecord) -> Bool {
        record.errorClass == nil && record.status ?? 500 < 400 && record.events.isEmpty && record.story.trace.traceState.isEmpty
    }

    /// Whether a plain span is of this form.
    func fits(_ record: ExchangeRecord) -> Bool {
        let story = record.story
        return record.status == status && story.route?.index == route && story.trace.flags.rawValue == flags
            && story.minorVersion == minorVersion && (story.parentSpanID != nil) == hasParent
            && story.method == method && SameBytes.are(story.host, host) && story.clientAddress == clientAddress
            && SameBytes.are(story.userAgent, userAgent)
    }
}

/// A form of CLIENT spans.
final class ClientForm: SpanForm {
    private let upstream: Int
    private let isPrimary: Bool
    private let status: Int?
    private let route: Int?
    private let flags: UInt8
    private let peerPort: Int?
    private let method: String
    private let peerAddress: String?
    private let protocolVersion: String?

    init(of record: AttemptRecord, _ text: UnsafeBufferPointer<UInt8>, _ filled: [Filled]) {
        let (story, outcome) = (record.story, record.outcome)
        upstream = record.upstream.index
        isPrimary = record.role == .primary
        status = outcome.status
        route = story.route?.index
        flags = story.trace.flags.rawValue
        (method, peerAddress, peerPort, protocolVersion) = (story.method, outcome.peerAddress, outcome.peerPort, outcome.protocolVersion)
        super.init(text, filled)
    }

    /// Whether a span is one of many: the first attempt has settled its delivery, and there is nothing more to say of it.
    static func isPlain(_ record: AttemptRecord) -> Bool {
        guard case .delivered = record.deliveryResult else { return false }
        return record.outcome.errorClass == nil && record.outcome.status ?? 500 < 400 && record.events.isEmpty && record.resendCount == 0
            && record.story.trace.traceState.isEmpty
    }

    /// Whether a plain span is of this form.
    func fits(_ record: AttemptRecord) -> Bool {
        let story = record.story
        return record.upstream.index == upstream && record.outcome.status == status && (record.role == .primary) == isPrimary
            && story.route?.index == route && story.trace.flags.rawValue == flags && record.outcome.peerPort == peerPort
            && story.method == method && record.outcome.peerAddress == peerAddress && record.outcome.protocolVersion == protocolVersion
    }
}

/// What one span puts into its form.
struct SpanValues {
    let traceID: TraceID
    let spanID: SpanID
    let parentSpanID: SpanID?
    let start: WallTime
    let end: WallTime
    let exchangeID: ExchangeID
    let requestBytes: UInt64
    let responseBytes: UInt64

    init(_ record: borrowing ExchangeRecord) {
        let story = record.story
        traceID = story.trace.traceID
        spanID = story.trace.spanID
        parentSpanID = story.parentSpanID
        start = story.startedAt.wall
        end = max(start, story.startedAt.wall(at: record.endedAt))
        exchangeID = story.id
        (requestBytes, responseBytes) = (UInt64(clamping: record.requestBodyBytes), UInt64(clamping: record.responseBodyBytes))
    }

    init(_ record: borrowing AttemptRecord) {
        let story = record.story
        traceID = story.trace.traceID
        spanID = record.spanID
        parentSpanID = record.parentSpanID ?? story.trace.spanID
        start = story.startedAt.wall(at: record.outcome.startedAt)
        end = max(start, story.startedAt.wall(at: record.outcome.endedAt))
        exchangeID = story.id
        requestBytes = UInt64(clamping: record.outcome.requestBodyBytes)
        responseBytes = UInt64(clamping: record.outcome.responseBodyBytes)
    }

    /// - Returns: where it ends.
    @inline(__always)
    fileprivate func write(
        _ place: SpanForm.Place, _ target: UnsafeBufferPointer<UInt8>, at start: UnsafeMutableRawPointer
    ) -> UnsafeMutableRawPointer {
        switch place {
        case .traceID: return Self.put(traceID.low, at: Self.put(traceID.high, at: start))
        case .spanID: return Self.put(spanID.value, at: start)
        case .parentSpanID: return parentSpanID.map { Self.put($0.value, at: start) } ?? start
        case .start: return start + DecimalDigits.write(self.start.nanosecondsSinceEpoch, to: start)
        case .end: return start + DecimalDigits.write(end.nanosecondsSinceEpoch, to: start)
        case .target: return target.put(at: start)
        case .requestBody: return start + DecimalDigits.write(requestBytes, to: start)
        case .responseBody: return start + DecimalDigits.write(responseBytes, to: start)
        case .exchangeID:
            Hexadecimal.writeUUID(exchangeID.high, exchangeID.low, to: start)
            return start + Hexadecimal.uuidLength
        }
    }

    @inline(__always)
    private static func put(_ value: UInt64, at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        Hexadecimal.write(value, to: UnsafeMutableRawBufferPointer(start: place, count: 16))
        return place + 16
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Copies all of it to where there is room, and says where it ends.
    @inline(__always)
    fileprivate func put(at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        if let baseAddress { place.copyMemory(from: baseAddress, byteCount: count) }
        return place + count
    }
}
