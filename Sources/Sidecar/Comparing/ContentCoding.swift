internal import CZlib
internal import Policy

/// Content codings (RFC 9110, 8.4.1) on answers that are compared: two compressors need not make the same bytes of one text.
enum ContentCoding {
    /// The answer with its content coding undone; nil where it is none that is known here, is damaged or gives more than
    /// `bound` bytes.
    static func undone(_ answer: WholeAnswer, within bound: Int) -> WholeAnswer? {
        let codings = answer.headers.values("content-encoding").joined(separator: ",").lowercased()
            .split(separator: ",").map { $0.filter { $0 != " " && $0 != "\t" } }.filter { !$0.isEmpty && $0 != "identity" }
        guard !codings.isEmpty, !answer.body.isEmpty else { return answer }
        guard codings == ["gzip"] || codings == ["x-gzip"], let body = inflated(answer.body, within: bound) else { return nil }
        var answer = answer
        answer.body = body
        return answer
    }

    private static func inflated(_ bytes: [UInt8], within bound: Int) -> [UInt8]? {
        // At a place that never changes: zlib remembers it.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        guard pantograph_gunzip_init(stream) == Z_OK else { return nil }
        defer { inflateEnd(stream) }
        var input = bytes
        // One byte more than may be, so that a longer one is known.
        var output = [UInt8](repeating: 0, count: bound + 1)
        let isWhole = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = uInt(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = uInt(output.count)
                return inflate(stream, Z_FINISH) == Z_STREAM_END
            }
        }
        let count = Int(stream.pointee.total_out)
        return isWhole && count <= bound ? Array(output[..<count]) : nil
    }
}
