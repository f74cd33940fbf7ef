internal import NIOCore

/// Walks through field lines up to the empty one, within the bounds of `limits.headers`: heads and trailers alike.
struct FieldSection {
    enum Step: Equatable {
        /// A line of so many bytes stands at the front, and behind it a CRLF.
        case line(Int)
        /// The empty line has come and been taken off.
        case end
        case needsMore
        case refused(Refusal)
    }

    private var scanner = LineScanner()
    private var bytesLeft: Int
    private var fieldsLeft: Int

    /// - Parameter bytes: how many bytes all lines together, their ends included, may have.
    init(bytes: Int, fields: Int) {
        bytesLeft = bytes
        fieldsLeft = fields
    }

    /// Looks for the next line; the caller reads it and then takes it off with `lineLength + 2`.
    mutating func next(in input: inout ByteBuffer) -> Step {
        switch scanner.next(in: input, limit: bytesLeft) {
        case .needsMore: return .needsMore
        case .tooLong: return .refused(.headTooLarge)
        case .bareLineFeed: return .refused(.bareLineFeed)
        case .line(let length):
            bytesLeft -= length + 2
            guard length > 0 else {
                input.moveReaderIndex(forwardBy: 2)
                return .end
            }
            fieldsLeft -= 1
            return fieldsLeft >= 0 ? .line(length) : .refused(.tooManyFields)
        }
    }
}
