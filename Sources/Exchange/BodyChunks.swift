internal import NIOCore

/// The bytes of a body in the order they came, from the first that has not been let go.
///
/// A piece that arrives is a view of the buffer it was read into and holds all of that buffer. A peer that sends a byte at
/// a time could make megabytes of buffers hang on kilobytes of body, so a piece is kept as it is only where it makes up a
/// quarter of its buffer or more; any other is copied to the end of a chunk of our own. Small pieces are gathered too, so that
/// neither their number nor what hangs on them outgrows the bytes of the body by more than four times.
struct BodyChunks: Sendable {
    /// A reader's place: a chunk counted from the first that ever was, bytes into it, and bytes since the start.
    struct Place: Sendable {
        fileprivate var chunk = 0
        fileprivate var offset = 0
        private(set) var total = 0

        fileprivate mutating func advance(_ count: Int) {
            offset += count
            total += count
        }

        fileprivate mutating func enterNextChunk() {
            chunk += 1
            offset = 0
        }
    }

    /// Pieces below it are gathered in chunks of our own.
    static let smallPiece = 4096
    /// A chunk of our own is added to until it is this long.
    static let ownChunk = 65_536

    /// Nearly every body is one chunk, which stands alone: no array is made for it.
    private var first = ByteBuffer()
    private var others: [ByteBuffer] = []
    private var count = 0
    /// The number of chunks let go from the front.
    private var released = 0
    /// Whether the last chunk is ours to add to.
    private var lastIsOurs = false

    mutating func append(_ bytes: ByteBuffer) {
        let length = bytes.readableBytes
        let isDense = length >= bytes.storageCapacity / 4
        if isDense && (length >= BodyChunks.smallPiece || count == 0) {
            add(bytes, ours: false)
        } else if lastIsOurs, count > 0, self[count - 1].readableBytes + length <= BodyChunks.ownChunk {
            self[count - 1].writeImmutableBuffer(bytes)
        } else {
            add(ByteBuffer(buffer: bytes), ours: true)
        }
    }

    private mutating func add(_ chunk: ByteBuffer, ours: Bool) {
        if count == 0 { first = chunk } else { others.append(chunk) }
        count += 1
        lastIsOurs = ours
    }

    private subscript(index: Int) -> ByteBuffer {
        _read { if index == 0 { yield first } else { yield others[index - 1] } }
        _modify { if index == 0 { yield &first } else { yield &others[index - 1] } }
    }

    private func withBytes<Result>(of index: Int, _ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        index == 0 ? first.withUnsafeReadableBytes(body) : others[index - 1].withUnsafeReadableBytes(body)
    }

    func hasMore(at place: Place) -> Bool {
        let index = place.chunk - released
        guard index >= 0, index < count else { return false }
        return index < count - 1 || place.offset < self[index].readableBytes
    }

    /// Copies as much as fits and moves the place on; nil where that part has been let go.
    func copy(from place: inout Place, into bytes: UnsafeMutableRawBufferPointer) -> Int? {
        guard place.chunk >= released else { return nil }
        var copied = 0
        while place.chunk - released < count {
            let index = place.chunk - released
            let (length, isAtEnd) = withBytes(of: index) { chunk in
                let length = min(chunk.count - place.offset, bytes.count - copied)
                let source = UnsafeRawBufferPointer(rebasing: chunk[place.offset..<place.offset + length])
                UnsafeMutableRawBufferPointer(rebasing: bytes[copied...]).copyMemory(from: source)
                return (length, place.offset + length == chunk.count)
            }
            copied += length
            place.advance(length)
            // The end of the last chunk is not left: more may be added to it.
            guard isAtEnd, index < count - 1 else { break }
            place.enterNextChunk()
        }
        return copied
    }

    /// Lets go the chunks that lie wholly before the place.
    mutating func release(before place: Place) {
        let passed = min(place.chunk - released, count)
        guard passed > 0 else { return }
        others.removeFirst(passed - 1)
        first = others.isEmpty ? ByteBuffer() : others.removeFirst()
        count -= passed
        released += passed
    }

    /// Lets go everything; whoever asks for any of it finds it gone.
    mutating func removeAll() {
        released += count
        (first, others, count) = (ByteBuffer(), [], 0)
        lastIsOurs = false
    }

    /// The bytes of memory that the chunks hold on to.
    var capacity: Int { others.reduce(first.storageCapacity) { $0 + $1.storageCapacity } }
}
