internal import Exchange

/// A `traceparent` as received (W3C Trace Context Level 2, 3.2).
struct TraceParent: Equatable {
    let traceID: TraceID
    let parentID: SpanID
    /// Those that Level 2 knows; any other is dropped, and so sent on as 0.
    let flags: TraceContext.Flags

    init(traceID: TraceID, parentID: SpanID, flags: TraceContext.Flags) {
        self.traceID = traceID
        self.parentID = parentID
        self.flags = flags
    }

    /// nil for one that is not valid and so restarts the trace. Of a version above 00 the first 55 bytes are read as those of
    /// 00, and what follows them must begin with `-` (3.2.4).
    init?(_ field: UnsafeRawBufferPointer) {
        let text = OptionalWhitespace.trimmed(field)
        guard text.count >= TraceContext.traceParentLength,
            text[2] == TraceParent.dash, text[35] == TraceParent.dash, text[52] == TraceParent.dash,
            let version = text.hexadecimal(0..<2), version != 0xFF,
            text.count == TraceContext.traceParentLength || (version > 0 && text[55] == TraceParent.dash),
            let high = text.hexadecimal(3..<19), let low = text.hexadecimal(19..<35),
            let traceID = TraceID(high: high, low: low),
            let parent = text.hexadecimal(36..<52), let parentID = SpanID(parent),
            let flags = text.hexadecimal(53..<55)
        else { return nil }
        self.init(
            traceID: traceID, parentID: parentID,
            flags: TraceContext.Flags(rawValue: UInt8(truncatingIfNeeded: flags & 0x03)))
    }

    private static let dash = UInt8(ascii: "-")
}

extension UnsafeRawBufferPointer {
    fileprivate func hexadecimal(_ range: Range<Int>) -> UInt64? {
        Hexadecimal.value(UnsafeRawBufferPointer(rebasing: self[range]))
    }
}

/// RFC 9110, 5.6.3: spaces and tabs.
enum OptionalWhitespace {
    static func trimmed(_ field: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var (start, end) = (0, field.count)
        while start < end, contains(field[start]) { start += 1 }
        while end > start, contains(field[end - 1]) { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: field[start..<end])
    }

    static func contains(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
}
