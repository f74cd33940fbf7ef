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

    private var chunks: [ByteBuffer] = []
    /// The number of chunks let go from the front.
    private var released = 0
    /// Whether the last chunk is ours to add to.
    private var lastIsOurs = false

    mutating func append(_ bytes: ByteBuffer) {
        let count = bytes.readableBytes
        let isDense = count >= bytes.storageCapacity / 4
        if isDense && (count >= BodyChunks.smallPiece || chunks.isEmpty) {
            add(bytes, ours: false)
        } else if lastIsOurs, let last = chunks.indices.last, chunks[last].readableBytes + count <= BodyChunks.ownChunk {
            chunks[last].writeImmutableBuffer(bytes)
        } else {
            var own = ByteBuffer()
            own.writeImmutableBuffer(bytes)
            add(own, ours: true)
        }
    }

    private mutating func add(_ chunk: ByteBuffer, ours: Bool) {
        chunks.append(chunk)
        lastIsOurs = ours
    }

    func hasMore(at place: Place) -> Bool {
        let index = place.chunk - released
        guard chunks.indices.contains(index) else { return false }
        return index < chunks.count - 1 || place.offset < chunks[index].readableBytes
    }

    /// Copies as much as fits and moves the place on; nil where that part has been let go.
    func copy(from place: inout Place, into bytes: UnsafeMutableRawBufferPointer) -> Int? {
        guard place.chunk >= released else { return nil }
        var copied = 0
        while place.chunk - released < chunks.count {
            let index = place.chunk - released
            let count = chunks[index].withUnsafeReadableBytes { chunk -> Int in
                let count = min(chunk.count - place.offset, bytes.count - copied)
                let source = UnsafeRawBufferPointer(rebasing: chunk[place.offset..<place.offset + count])
                UnsafeMutableRawBufferPointer(rebasing: bytes[copied...]).copyMemory(from: source)
                return count
            }
            copied += count
            place.advance(count)
            // The end of the last chunk is not left: more may be added to it.
            guard place.offset == chunks[index].readableBytes, index < chunks.count - 1 else { break }
            place.enterNextChunk()
        }
        return copied
    }

    /// Lets go the chunks that lie wholly before the place.
    mutating func release(before place: Place) {
        let count = min(place.chunk - released, chunks.count)
        guard count > 0 else { return }
        chunks.removeFirst(count)
        released += count
    }

    /// Lets go everything; whoever asks for any of it finds it gone.
    mutating func removeAll() {
        released += chunks.count
        chunks.removeAll()
        lastIsOurs = false
    }

    /// The bytes of memory that the chunks hold on to.
    var capacity: Int { chunks.reduce(0) { $0 + $1.storageCapacity } }
}
