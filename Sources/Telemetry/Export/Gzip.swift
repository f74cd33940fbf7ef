internal import CZlib

/// Compresses one text after another with one stream, whose quarter of a megabyte is set up once. For one thread.
final class Gzip {
    /// Level 1: span text repeats itself so much that more effort gains little.
    private static let level: Int32 = 1

    /// At a place that never changes: zlib remembers it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var output: [UInt8] = []

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
    }

    /// Calls `body` with the text in gzip's form (RFC 1952); nil where it can't be compressed.
    func compressed<Result>(_ text: UnsafeBufferPointer<UInt8>, _ body: (UnsafeRawBufferPointer) -> Result) -> Result? {
        guard deflateReset(stream) == Z_OK, text.count < Int(UInt32.max) else { return nil }
        let bound = Int(deflateBound(stream, uLong(text.count)))
        if output.count < bound { output = [UInt8](repeating: 0, count: bound) }
        return output.withUnsafeMutableBufferPointer { output -> Result? in
            // zlib reads from next_in and never writes there.
            stream.pointee.next_in = UnsafeMutablePointer(mutating: text.baseAddress)
            stream.pointee.avail_in = uInt(text.count)
            stream.pointee.next_out = output.baseAddress
            stream.pointee.avail_out = uInt(output.count)
            guard deflate(stream, Z_FINISH) == Z_STREAM_END else { return nil }
            return body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(output)[..<Int(stream.pointee.total_out)]))
        }
    }
}
