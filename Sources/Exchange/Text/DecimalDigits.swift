/// A number that is not negative as its decimal digits.
package enum DecimalDigits {
    /// As many as a number has at most.
    package static let most = 19

    /// Writes the digits where there is room for them, and says how many they are.
    package static func write(_ number: Int, to place: UnsafeMutableRawPointer) -> Int {
        var (length, left) = (1, number)
        while left >= 10 {
            left /= 10
            length += 1
        }
        left = number
        for digit in (0..<length).reversed() {
            place.storeBytes(of: 0x30 + UInt8(left % 10), toByteOffset: digit, as: UInt8.self)
            left /= 10
        }
        return length
    }
}
