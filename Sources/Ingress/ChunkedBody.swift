internal import Exchange
internal import NIOCore

/// Takes a chunked body apart (RFC 9112, 7.1), trailers included, which are read strictly and dropped.
struct ChunkedBody {
    private enum State {
        case size
        case data(left: Int)
        case dataEnd
        case trailers
        case end
    }

    /// Pieces of at least this length are handed on as slices; smaller ones are gathered, so that a body in tiny chunks
    /// does not become as many buffers.
    private static let sliceFrom = 4096
    private static let lineLimit = 1024
    /// Bytes of framing that a body may have beyond a fair share of its data.
    private static let overheadLimit = 16 * 1024

    private var state = State.size
    private var scanner = LineScanner()
    private var trailers: FieldSection
    private var bytesLeft: Int
    private var overhead = 0

    init(limits: Limits) {
        bytesLeft = limits.body
        trailers = FieldSection(bytes: limits.headerBytes, fields: limits.headerCount)
    }

    mutating func next(in input: inout ByteBuffer) -> RequestParser.Step {
        var gathered = ByteBuffer()
        while true {
            let stop: RequestParser.Step?
            switch state {
            case .size: stop = readSize(&input)
            case .data(let left): stop = readData(&input, left: left, gathered: &gathered)
            case .dataEnd: stop = readDataEnd(&input)
            case .trailers: stop = readTrailer(&input)
            case .end: stop = .end
            }
            if let stop { return stop.after(gathered) }
        }
    }

    private mutating func readData(_ input: inout ByteBuffer, left: Int, gathered: inout ByteBuffer) -> RequestParser.Step? {
        let count = min(left, input.readableBytes)
        let isLarge = count >= Self.sliceFrom
        // What was gathered goes first; the same place is come to again with nothing gathered.
        if isLarge, gathered.readableBytes > 0 { return .needsMore }
        guard count > 0, let piece = input.readSlice(length: count) else { return .needsMore }
        state = left == count ? .dataEnd : .data(left: left - count)
        if isLarge { return .body(piece) }
        gathered.writeImmutableBuffer(piece)
        return nil
    }

    private mutating func readSize(_ input: inout ByteBuffer) -> RequestParser.Step? {
        switch scanner.next(in: input, limit: Self.lineLimit) {
        case .needsMore: return .needsMore
        case .bareLineFeed: return .refused(.bareLineFeed)
        case .tooLong: return .refused(.chunkLineTooLong)
        case .line(let length):
            let size = input.withUnsafeReadableBytes { ChunkLine.size(Bytes.slice($0, 0..<length)) }
            input.moveReaderIndex(forwardBy: length + 2)
            switch size {
            case .failure(let refusal): return .refused(refusal)
            case .success(let size): return begin(chunk: size, lineLength: length)
            }
        }
    }

    private mutating func begin(chunk size: Int, lineLength: Int) -> RequestParser.Step? {
        guard size > 0 else {
            state = .trailers
            return nil
        }
        guard size <= bytesLeft else { return .refused(.bodyTooLarge) }
        bytesLeft -= size
        // A fair share: a short line for each chunk, and as much again as its data.
        overhead = max(0, overhead + lineLength - 16 - min(size, Self.lineLimit))
        guard overhead <= Self.overheadLimit else { return .refused(.tooMuchChunkOverhead) }
        state = .data(left: size)
        return nil
    }

    private mutating func readDataEnd(_ input: inout ByteBuffer) -> RequestParser.Step? {
        let bytes = (input.getInteger(at: input.readerIndex, as: UInt8.self), input.getInteger(at: input.readerIndex + 1, as: UInt8.self))
        guard let first = bytes.0 else { return .needsMore }
        guard first == Bytes.carriageReturn else { return .refused(.missingChunkEnd) }
        guard input.readableBytes > 1, let second = bytes.1 else { return .needsMore }
        guard second == Bytes.lineFeed else { return .refused(.missingChunkEnd) }
        input.moveReaderIndex(forwardBy: 2)
        state = .size
        return nil
    }

    private mutating func readTrailer(_ input: inout ByteBuffer) -> RequestParser.Step? {
        switch trailers.next(in: &input) {
        case .line(let length):
            let field = input.withUnsafeReadableBytes { FieldLine.refusal(of: Bytes.slice($0, 0..<length)) }
            input.moveReaderIndex(forwardBy: length + 2)
            return field.map { .refused($0) }
        case .needsMore: return .needsMore
        case .refused(let refusal): return .refused(refusal)
        case .end:
            state = .end
            return nil
        }
    }
}
