/// Where a span stands: W3C Trace Context, Level 1 and 2.
package struct TraceContext: Sendable, Hashable {
    package var traceID: TraceID
    /// The span itself: what the next hop is given as parent id.
    package var spanID: SpanID
    package var flags: Flags
    /// The list members in order as they go on the wire; empty for none.
    package var traceState: String

    package init(traceID: TraceID, spanID: SpanID, flags: Flags, traceState: String = "") {
        self.traceID = traceID
        self.spanID = spanID
        self.flags = flags
        self.traceState = traceState
    }

    package struct Flags: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let sampled = Flags(rawValue: 0x01)
        /// The trace id's right-most seven bytes are random (Level 2).
        package static let random = Flags(rawValue: 0x02)
        /// As every new trace that is recorded has them; a literal of several is put together anew each time.
        package static let randomAndSampled = Flags(rawValue: 0x03)
    }

    package var isSampled: Bool { flags.contains(.sampled) }

    /// The context of a new span below this one.
    package func child(using generator: inout some RandomNumberGenerator) -> TraceContext {
        var child = self
        child.spanID = SpanID(using: &generator)
        return child
    }

    /// The value of the `traceparent` header, version 00.
    package var traceParent: String {
        String(unsafeUninitializedCapacity: TraceContext.traceParentLength) { text in
            writeTraceParent(to: UnsafeMutableRawBufferPointer(text))
            return TraceContext.traceParentLength
        }
    }

    /// The length of a `traceparent` of version 00 in bytes.
    package static let traceParentLength = 55

    /// Writes the value of the `traceparent` header to the start of `bytes`, which must have room for its 55 bytes. Flags
    /// beyond `sampled` and `random` are sent as 0, as Level 2 asks.
    package func writeTraceParent(to bytes: UnsafeMutableRawBufferPointer) {
        bytes[0] = 0x30
        bytes[1] = 0x30
        bytes[2] = 0x2D
        Hexadecimal.write(traceID.high, to: UnsafeMutableRawBufferPointer(rebasing: bytes[3...]))
        Hexadecimal.write(traceID.low, to: UnsafeMutableRawBufferPointer(rebasing: bytes[19...]))
        bytes[35] = 0x2D
        Hexadecimal.write(spanID.value, to: UnsafeMutableRawBufferPointer(rebasing: bytes[36...]))
        bytes[52] = 0x2D
        bytes[53] = 0x30
        bytes[54] = 0x30 + (flags.rawValue & 0x03)
    }
}
