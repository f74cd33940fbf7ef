package import Exchange

/// `Max-Forwards` of OPTIONS and TRACE (RFC 9110, 7.6.2); in a request of any other method it means nothing.
package enum MaxForwards {
    /// Whether the request may go no further: the sidecar has to answer it by itself.
    package static func isReached(by request: RequestHead) -> Bool {
        guard counts(request.method) else { return false }
        var isReached = false
        request.headers.forEach("max-forwards") { if remaining($0) == 0 { isReached = true } }
        return isReached
    }

    static func counts(_ method: String) -> Bool {
        switch method.utf8.count {
        case 7: method == "OPTIONS"
        case 5: method == "TRACE"
        default: false
        }
    }

    /// What a field says; nil where it is not a number or more than 64 bits hold, and is passed on as it is.
    static func remaining(_ field: UnsafeRawBufferPointer) -> UInt64? {
        let digits = OptionalWhitespace.trimmed(field)
        guard !digits.isEmpty else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carried) = tens.addingReportingOverflow(UInt64(digit - 0x30))
            guard !overflow, !carried else { return nil }
            number = sum
        }
        return number
    }
}
