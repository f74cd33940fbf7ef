internal import NIOCore

/// Finds the end of the next line and remembers how far it looked, so that drip-fed bytes are looked at once each.
struct LineScanner {
    enum Result: Equatable {
        /// A whole line, so many bytes long without its CRLF.
        case line(Int)
        case needsMore
        case bareLineFeed
        /// The line, its end included, is longer than the limit.
        case tooLong
    }

    /// Readable bytes known to hold no line feed.
    private var looked = 0

    /// Looks at the front of `input`, which must only have grown since the last call that answered `needsMore`.
    mutating func next(in input: ByteBuffer, limit: Int) -> Result {
        input.withUnsafeReadableBytes { bytes in
            guard let end = Bytes.first(Bytes.lineFeed, in: bytes, from: looked) else {
                looked = bytes.count
                return bytes.count >= limit ? .tooLong : .needsMore
            }
            looked = 0
            guard end < limit else { return .tooLong }
            guard end > 0, bytes[end - 1] == Bytes.carriageReturn else { return .bareLineFeed }
            return .line(end - 1)
        }
    }
}
