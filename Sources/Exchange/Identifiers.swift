/// The place of an upstream in the configuration, and so in every table that is kept for each upstream.
package struct UpstreamID: Hashable, Sendable {
    package let index: Int
    package init(_ index: Int) { self.index = index }
}

/// The place of a route in the configuration; routes are tried in this order.
package struct RouteID: Hashable, Sendable {
    package let index: Int
    package init(_ index: Int) { self.index = index }
}

/// The name of an exchange: a UUID of version 7 (RFC 9562, 5.7), so that ids sort by the time of arrival.
package struct ExchangeID: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package init(at time: WallTime, using generator: inout some RandomNumberGenerator) {
        let milliseconds = time.nanosecondsSinceEpoch / 1_000_000
        self.high = milliseconds << 16 | 0x7000 | generator.next() & 0x0FFF
        self.low = 0x8000_0000_0000_0000 | generator.next() >> 2
    }

    package var description: String {
        String(unsafeUninitializedCapacity: Hexadecimal.uuidLength) { text in
            if let start = text.baseAddress { Hexadecimal.writeUUID(high, low, to: start) }
            return Hexadecimal.uuidLength
        }
    }
}

/// A trace's id: 16 bytes, not all zero (W3C Trace Context 3.2.2.3).
package struct TraceID: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init?(high: UInt64, low: UInt64) {
        guard high != 0 || low != 0 else { return nil }
        self.high = high
        self.low = low
    }

    /// A new id; its right-most seven bytes are random and uniform, as the `random` flag of Level 2 promises: that is why
    /// zero is avoided by drawing again and no bit is fixed.
    package init(using generator: inout some RandomNumberGenerator) {
        var (high, low): (UInt64, UInt64) = (0, 0)
        while high == 0 && low == 0 { (high, low) = (generator.next(), generator.next()) }
        self.high = high
        self.low = low
    }

    package var description: String { Hexadecimal.string(high) + Hexadecimal.string(low) }
}

/// A span's id, W3C's parent id: 8 bytes, not all zero (W3C Trace Context 3.2.2.4).
package struct SpanID: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt64

    package init?(_ value: UInt64) {
        guard value != 0 else { return nil }
        self.value = value
    }

    package init(using generator: inout some RandomNumberGenerator) {
        var value: UInt64 = 0
        while value == 0 { value = generator.next() }
        self.value = value
    }

    package var description: String { Hexadecimal.string(value) }
}
