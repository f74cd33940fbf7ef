import Testing

@testable import Upstream

@Suite struct ChunkReaderTests {
    /// What is made of the bytes, fed in pieces of this size.
    private static func read(_ text: String, piece: Int) -> (data: String, rest: String, refusal: String?, ended: Bool) {
        var reader = ChunkReader()
        var data: [UInt8] = []
        let all = Array(text.utf8)
        var start = 0
        while start < all.count {
            let bytes = Array(all[start..<min(start + piece, all.count)])
            var place = 0
            feeding: while true {
                switch bytes.withUnsafeBytes({ reader.next(UnsafeRawBufferPointer(rebasing: $0[place...])) }) {
                case .data(let skip, let count):
                    data += bytes[(place + skip)..<(place + skip + count)]
                    place += skip + count
                case .more: break feeding
                case .end(let skip):
                    return (String(decoding: data, as: UTF8.self), String(decoding: all[(start + place + skip)...], as: UTF8.self), nil, true)
                case .refused(let reason): return (String(decoding: data, as: UTF8.self), "", reason, false)
                }
            }
            start += bytes.count
        }
        return (String(decoding: data, as: UTF8.self), "", nil, false)
    }

    @Test(arguments: [1, 2, 3, 7, 1000], [
        ("5\r\nhello\r\n0\r\n\r\n", "hello", ""),
        ("5\r\nhello\r\n6\r\n world\r\n0\r\n\r\nHTTP", "hello world", "HTTP"),
        ("A\r\n0123456789\r\n00\r\n\r\n", "0123456789", ""),
        ("a;name=\"v\"\r\n0123456789\r\n0;x\r\nX-Sum: 1\r\nY: 2\r\n\r\nx", "0123456789", "x"),
        ("1 \r\na\r\n0\r\n\r\n", "a", ""),
        ("2\nab\n0\n\n", "ab", ""),
        ("0\r\n\r\n", "", ""),
    ]) func isTakenApart(piece: Int, expected: (text: String, data: String, rest: String)) {
        let read = Self.read(expected.text, piece: piece)
        #expect(read.data == expected.data)
        #expect(read.rest == expected.rest)
        #expect(read.ended && read.refusal == nil)
    }

    @Test(arguments: [1, 5, 1000], [
        "zz\r\n", "\r\n", "-1\r\n", "0x5\r\nhello", "5\r\nhelloX\r\n", "1000000000000000\r\n", "5\u{0}\r\nhello",
        "1;" + String(repeating: "x", count: ChunkReader.maximumLine + 1) + "\r\na",
        "0\r\n" + String(repeating: "X: 1\r\n", count: ChunkReader.maximumLine / 4),
    ]) func isRefused(piece: Int, text: String) {
        let read = Self.read(text, piece: piece)
        #expect(read.refusal != nil && !read.ended)
    }

    @Test(arguments: ["5\r\nhel", "5", "5\r\nhello\r\n0\r\n", "5\r\nhello\r\n0\r\nX: 1\r\n"]) func goesOn(text: String) {
        let read = Self.read(text, piece: 1)
        #expect(read.refusal == nil && !read.ended)
    }
}
