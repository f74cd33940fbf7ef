/// Takes an answer's chunks apart (RFC 9112, 7.1), byte for byte as they come. Pure. Extensions and trailers are passed over,
/// within a bound; a line may end without its carriage return, as in the heads of answers.
struct ChunkReader {
    /// Bytes that all trailers, or one chunk's extensions, may have.
    static let maximumLine = 64 * 1024

    enum Step: Equatable {
        /// So many bytes of framing, then so many of data, stand at the front.
        case data(skip: Int, count: Int)
        /// Everything belongs to a line that goes on.
        case more
        /// The body ends behind so many bytes.
        case end(skip: Int)
        case refused(String)
    }

    private enum State: Equatable {
        case size(digits: Int)
        /// What follows the size on its line.
        case sizeLine
        case data
        /// The line end behind the data.
        case dataEnd
        /// Whether the line has anything on it.
        case trailer(isEmpty: Bool)
    }

    private var state = State.size(digits: 0)
    private var left = 0
    private var lineBytes = 0

    mutating func next(_ bytes: UnsafeRawBufferPointer) -> Step {
        var place = 0
        while place < bytes.count {
            if state == .data {
                let count = min(left, bytes.count - place)
                left -= count
                if left == 0 { state = .dataEnd }
                return .data(skip: place, count: count)
            }
            let byte = bytes[place]
            place += 1
            if let step = take(byte, at: place) { return step }
        }
        return .more
    }

    /// One byte of framing; `place` is behind it.
    private mutating func take(_ byte: UInt8, at place: Int) -> Step? {
        switch state {
        case .size(let digits): return takeSize(byte, digits)
        case .sizeLine:
            guard byte == 0x0A else { return count() }
            lineBytes = 0
            state = left > 0 ? .data : .trailer(isEmpty: true)
        case .dataEnd:
            if byte == 0x0A { state = .size(digits: 0) } else if byte != 0x0D { return .refused("a chunk of the answer is longer than it says") }
        case .trailer(let isEmpty):
            guard byte != 0x0A else {
                if isEmpty { return .end(skip: place) }
                state = .trailer(isEmpty: true)
                return nil
            }
            if byte != 0x0D { state = .trailer(isEmpty: false) }
            return count()
        case .data: break
        }
        return nil
    }

    private mutating func takeSize(_ byte: UInt8, _ digits: Int) -> Step? {
        guard let value = Self.hexadecimal(byte) else {
            guard digits > 0, byte == 0x0D || byte == 0x0A || byte == 0x3B || byte == 0x20 || byte == 0x09 else {
                return .refused("a chunk of the answer does not begin with its size")
            }
            state = .sizeLine
            return byte == 0x0A ? take(byte, at: 0) : nil
        }
        // 15 digits are 60 bits.
        guard digits < 15 else { return .refused("the size of a chunk of the answer is too large") }
        left = digits == 0 ? Int(value) : left << 4 | Int(value)
        state = .size(digits: digits + 1)
        return nil
    }

    private mutating func count() -> Step? {
        lineBytes += 1
        return lineBytes <= Self.maximumLine ? nil : .refused("extensions or trailers of the answer's chunks are longer than \(Self.maximumLine) bytes")
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
}
