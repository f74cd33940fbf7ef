internal import Exchange

/// An exchange's id as the API shows it: a UUID's 36 characters (RFC 9562, 4), letters in either case.
enum ExchangeIDText {
    static let expected = "an exchange's id, a UUID such as 0198f3b2-5c1e-7a40-9d7e-3f2b1c0a9e8d"

    static func parse(_ text: some StringProtocol) -> ExchangeID? {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return nil }
        var (high, low): (UInt64, UInt64) = (0, 0)
        for (place, byte) in bytes.enumerated() {
            if [8, 13, 18, 23].contains(place) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Hexadecimal.digit(byte) else { return nil }
            high = high << 4 | low >> 60
            low = low << 4 | UInt64(digit)
        }
        return ExchangeID(high: high, low: low)
    }
}
