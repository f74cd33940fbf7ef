import CZlib
import NIOCore

/// Unpacks gzip (RFC 1952).
enum Gunzip {
    /// - Parameter limit: bytes of the result at most.
    /// - Returns: nil where the bytes are no whole gzip or their content is longer than `limit`.
    static func unpack(_ packed: ByteBuffer, limit: Int) -> ByteBuffer? {
        var stream = z_stream()
        guard pantograph_gunzip_init(&stream) == Z_OK else { return nil }
        defer { inflateEnd(&stream) }
        var result = ByteBuffer()
        var packed = packed
        let isWhole = packed.withUnsafeMutableReadableBytes { input -> Bool in
            stream.next_in = input.bindMemory(to: UInt8.self).baseAddress
            stream.avail_in = UInt32(clamping: input.count)
            while result.readableBytes <= limit {
                let outcome = inflate(&stream, into: &result)
                if outcome == Z_STREAM_END { return result.readableBytes <= limit }
                guard outcome == Z_OK else { return false }
            }
            return false
        }
        return isWhole ? result : nil
    }

    private static func inflate(_ stream: inout z_stream, into result: inout ByteBuffer) -> Int32 {
        var outcome = Z_OK
        result.writeWithUnsafeMutableBytes(minimumWritableBytes: 64 * 1024) { output in
            let room = UInt32(clamping: output.count)
            stream.next_out = output.bindMemory(to: UInt8.self).baseAddress
            stream.avail_out = room
            outcome = CZlib.inflate(&stream, Z_NO_FLUSH)
            return Int(room - stream.avail_out)
        }
        return outcome
    }
}
