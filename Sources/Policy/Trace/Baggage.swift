internal import Exchange

/// The `baggage` of one request, in one field or several (W3C Baggage 3.3.2): passed on as it is within 64 members and 8,192
/// bytes, beyond that cut. What the members say is the application's: only commas are looked at.
enum Baggage {
    static let maxMembers = 64
    static let maxBytes = 8192

    fileprivate static let comma = UInt8(ascii: ",")

    /// The members from the start, as many as the bounds allow; nil where all are within them.
    static func cut(_ headers: Headers) -> String? {
        let text = joined(headers)
        var (members, end, start) = (0, 0, 0)
        while start <= text.count {
            let memberEnd = text[start...].firstIndex(of: comma) ?? text.count
            var contentEnd = memberEnd
            while contentEnd > start, OptionalWhitespace.contains(text[contentEnd - 1]) { contentEnd -= 1 }
            if contentEnd > start {
                guard members < maxMembers, contentEnd <= maxBytes else { return String(decoding: text[..<end], as: UTF8.self) }
                members += 1
                end = contentEnd
            }
            start = memberEnd + 1
        }
        return text.count <= maxBytes ? nil : String(decoding: text[..<end], as: UTF8.self)
    }

    private static func joined(_ headers: Headers) -> [UInt8] {
        var text: [UInt8] = []
        var isFirst = true
        headers.forEach("baggage") { field in
            if !isFirst { text.append(comma) }
            text.append(contentsOf: field)
            isFirst = false
        }
        return text
    }
}

/// How much baggage there is at most, counted without a copy: nearly every request stays far within the bounds.
struct BaggageSize {
    private var members = 0
    private var bytes = 0

    mutating func add(_ field: UnsafeRawBufferPointer) {
        if bytes > 0 { bytes += 1 }
        bytes += field.count
        members += 1
        for byte in field where byte == Baggage.comma { members += 1 }
    }

    /// False where `Baggage.cut` must look: empty members, which do not count there, are counted here.
    var isWithinBounds: Bool { members <= Baggage.maxMembers && bytes <= Baggage.maxBytes }
}
