internal import CZlib

/// Compresses one text after another with one stream, whose quarter of a megabyte is set up once. For one thread.
final class Gzip {
    /// Level 1: span text repeats itself so much that more effort gains little.
    private static let level: Int32 = 1

    /// At a place that never changes: zlib remembers it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var input = [UInt8](repeating: 0, count: 64 * 1024)
    private var output = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private let whole = WholeText()

    /// nil where there is no memory for the stream.
    init?() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard pantograph_gzip_init(stream, Gzip.level) == Z_OK else {
            stream.deallocate()
            return nil
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
        output.deallocate()
    }

    /// The text in gzip's form (RFC 1952), valid until the next one and no longer than this lives; nil where it can't be compressed.
    func compressed(_ text: RequestText) -> RequestText? {
        guard deflateReset(stream) == Z_OK, text.count < Int(UInt32.max) else { return nil }
        let bound = Int(deflateBound(stream, uLong(text.count)))
        if output.count < bound {
            output.deallocate()
            output = .allocate(byteCount: bound, alignment: 1)
        }
        stream.pointee.next_out = output.bindMemory(to: UInt8.self).baseAddress
        stream.pointee.avail_out = uInt(output.count)
        guard deflateAll(text) else { return nil }
        whole.hold(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output)[..<Int(stream.pointee.total_out)]))
        return whole
    }

    private func deflateAll(_ text: RequestText) -> Bool {
        text.rewind()
        return input.withUnsafeMutableBufferPointer { input in
            while true {
                let count = text.read(into: UnsafeMutableRawBufferPointer(input))
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = uInt(count)
                let result = deflate(stream, count == 0 ? Z_FINISH : Z_NO_FLUSH)
                guard count > 0 else { return result == Z_STREAM_END }
                guard result == Z_OK, stream.pointee.avail_in == 0 else { return false }
            }
        }
    }
}
