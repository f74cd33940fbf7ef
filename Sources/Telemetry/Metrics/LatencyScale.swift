/// A scale on which every duration from 1 µs to 1 h has a bucket whose middle is within 0.4 % of it: each octave (power of
/// two of nanoseconds) is one row of 128 equal columns, found by counting and shifting bits alone.
enum LatencyScale {
    /// What is shorter or longer is taken for these.
    static let shortest: UInt64 = 1_000
    static let longest: UInt64 = 3_600_000_000_000

    static let columns = 128
    static let rows = 33
    private static let columnBits = 7
    /// 2⁹ ns is the last power of two below the shortest duration.
    private static let firstOctave = 9

    static func place(_ nanoseconds: UInt64) -> (row: Int, column: Int) {
        let held = min(max(nanoseconds, shortest), longest)
        let octave = 63 - held.leadingZeroBitCount
        let column = Int(truncatingIfNeeded: held >> UInt64(octave - columnBits)) & (columns - 1)
        return (octave - firstOctave, column)
    }

    /// The middle of a bucket, in seconds.
    static func seconds(row: Int, column: Int) -> Double {
        let shift = UInt64(row + firstOctave - columnBits)
        let low = UInt64(columns + column) << shift
        return (Double(low) + Double(UInt64(1) << shift) / 2) / 1e9
    }
}
