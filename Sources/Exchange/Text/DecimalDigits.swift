/// A number that is not negative as its decimal digits, which are twenty at most.
package enum DecimalDigits {
    /// Bytes that must be free where one is written: some are overwritten behind its digits, too.
    package static let room = 24

    /// Writes the digits where there is room for them, and says how many they are.
    package static func write(_ number: UInt64, to place: UnsafeMutableRawPointer) -> Int {
        // Statuses, sizes and the like: nearly every number that is no time.
        if number < 10_000 { return putFirst(fourDigits(UInt32(truncatingIfNeeded: number)), at: place) - place }
        let (upper, last) = number.quotientAndRemainder(dividingBy: 100_000_000)
        guard upper > 0 else { return putFirst(eightDigits(UInt32(truncatingIfNeeded: last)), at: place) - place }
        let (highest, middle) = upper.quotientAndRemainder(dividingBy: 100_000_000)
        var end: UnsafeMutableRawPointer
        if highest > 0 {
            end = putFirst(fourDigits(UInt32(truncatingIfNeeded: highest)), at: place)
            end = put(eightDigits(UInt32(truncatingIfNeeded: middle)), at: end)
        } else {
            end = putFirst(eightDigits(UInt32(truncatingIfNeeded: middle)), at: place)
        }
        return put(eightDigits(UInt32(truncatingIfNeeded: last)), at: end) - place
    }

    /// How many digits a number has.
    package static func count(of number: UInt64) -> Int {
        // As many as a time in nanoseconds has, from 2001 to 2286.
        if number >= 1_000_000_000_000_000_000 { return number < 10_000_000_000_000_000_000 ? 19 : 20 }
        var (digits, bound) = (1, 10 as UInt64)
        while number >= bound {
            digits += 1
            bound *= 10
        }
        return digits
    }

    /// Puts the word's bytes from the highest on.
    @inline(__always)
    private static func put<Digits: FixedWidthInteger & BitwiseCopyable>(_ digits: Digits, at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        place.storeBytes(of: digits.bigEndian, as: Digits.self)
        return place + Digits.bitWidth / 8
    }

    /// The digits that a number begins with: the highest bytes that are not "0", of 0 the last one.
    @inline(__always)
    private static func putFirst<Digits: FixedWidthInteger & BitwiseCopyable>(_ digits: Digits, at place: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer {
        let bytes = Digits.bitWidth / 8
        let zeros = min(bytes - 1, (digits ^ Digits(truncatingIfNeeded: 0x3030_3030_3030_3030 as UInt64)).leadingZeroBitCount / 8)
        return put(digits << Digits(truncatingIfNeeded: zeros * 8), at: place) - zeros
    }

    /// The same as `eightDigits` of a number below 10,000.
    @inline(__always)
    private static func fourDigits(_ value: UInt32) -> UInt32 {
        let hundreds = (value &* 10_486) >> 20
        let pairs = hundreds << 16 | (value &- hundreds &* 100)
        let tens = (pairs &* 103) >> 10 & 0x000F_000F
        return (tens << 8 | (pairs &- tens &* 10)) &+ 0x3030_3030
    }

    /// The digits of a number below 100,000,000 as the bytes of one word, the first digit in the highest: halves, then pairs, then
    /// single digits, all at once.
    @inline(__always)
    private static func eightDigits(_ value: UInt32) -> UInt64 {
        let halves = UInt64(value / 10_000) << 32 | UInt64(value % 10_000)
        // Divided by multiplying: 10,486 / 2^20 is a hundredth, and 103 / 2^10 a tenth, exactly enough for numbers so small.
        let hundreds = (halves &* 10_486) >> 20 & 0x0000_007F_0000_007F
        let pairs = hundreds << 16 | (halves &- hundreds &* 100)
        let tens = (pairs &* 103) >> 10 & 0x000F_000F_000F_000F
        return (tens << 8 | (pairs &- tens &* 10)) &+ 0x3030_3030_3030_3030
    }
}
