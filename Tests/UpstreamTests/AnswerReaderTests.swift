import Exchange
import Testing

@testable import Upstream

@Suite struct AnswerReaderTests {
    /// Everything that a reader says to these lines.
    private static func read(_ text: String, keepsFields: Bool = true, isHead: Bool = false) -> (heads: [AnswerHead], refusal: String?, reader: AnswerReader) {
        var reader = AnswerReader(keepsFields: keepsFields, isHead: isHead)
        var heads: [AnswerHead] = []
        var line: [UInt8] = []
        for byte in text.utf8 {
            line.append(byte)
            guard byte == 0x0A else { continue }
            switch line.withUnsafeBytes({ reader.read($0) }) {
            case .more: break
            case .interim(let head), .final(let head): heads.append(head)
            case .refused(let reason): return (heads, reason, reader)
            }
            line = []
        }
        return (heads, nil, reader)
    }

    @Test(arguments: [
        ("", BodyLength.unknown), ("Content-Length: 0\r\n", .sized(0)), ("content-length:42\r\n", .sized(42)), ("Content-Length: 42, 42\r\n", .sized(42)),
        ("Content-Length: 7\r\nContent-Length: 7\r\n", .sized(7)), ("Transfer-Encoding: chunked\r\n", .unknown),
        ("Content-Length: 7\r\nTransfer-Encoding: chunked\r\n", .unknown), ("Content-Length: 9223372036854775807\r\n", .sized(.max)),
    ]) func bodyLength(fields: String, expected: BodyLength) {
        for status in [200, 204, 304, 404, 599] {
            for isHead in [false, true] {
                let (heads, refusal, reader) = Self.read("HTTP/1.1 \(status) X\r\n\(fields)\r\n", isHead: isHead)
                #expect(refusal == nil)
                #expect(heads.map(\.bodyLength) == [isHead || status == 204 || status == 304 ? BodyLength.none : expected])
                #expect(reader.isComplete && reader.hasFinalStatus)
            }
        }
    }

    @Test(arguments: [
        "Content-Length: \r\n", "Content-Length: x\r\n", "Content-Length: +1\r\n", "Content-Length: -1\r\n", "Content-Length: 1 2\r\n".replacing("1 2", with: "1x"),
        "Content-Length: 9223372036854775808\r\n", "Content-Length: 1\r\nContent-Length: 2\r\n", "Content-Length: 1, 2\r\n", "Content-Length: 1,\r\n",
        "no colon\r\n", ": x\r\n", "a b: x\r\n", "a\u{1}: x\r\n", "ä: x\r\n", "a: x\ry\r\n", " a: x\r\n", "Content-Length: 1\r\n 2\r\n",
        "Transfer-Encoding: chunked\r\n , gzip\r\n", "a: x\r\n \u{0}\r\n",
    ]) func refused(fields: String) {
        for keepsFields in [true, false] {
            let (heads, refusal, _) = Self.read("HTTP/1.1 200 OK\r\n\(fields)\r\n", keepsFields: keepsFields)
            #expect(heads.isEmpty)
            #expect(refusal != nil)
        }
    }

    @Test(arguments: [
        "HTTP/1.1\r\n", "HTTP/1.1 \r\n", "HTTP/1.1 20\r\n", "HTTP/1.1 2000 X\r\n", "HTTP/1.1 2x0 X\r\n", "HTTP/1.1 099 X\r\n", "HTTP/1.1 101 X\r\n", "http/1.1 200 X\r\n",
        "\r\n", "X: y\r\n", "HTTP/1.1  200 X\r\n",
    ]) func badStatusLine(line: String) {
        #expect(Self.read(line).refusal != nil)
    }

    @Test(arguments: [("HTTP/1.1 200 OK", "1.1"), ("HTTP/1.0 200", "1.0"), ("HTTP/2 200 ", "2"), ("HTTP/2.0 200 X", "2")])
    func version(line: String, expected: String) {
        #expect(Self.read(line + "\r\n\r\n").reader.version == expected)
    }

    @Test func foldsAndSpace() {
        let (heads, _, _) = Self.read("HTTP/1.1 200 OK\r\nA : 1 \r\nB:\t2\t\r\n  3\r\n\t4\r\nC:\r\n 5\r\nD: 6\r\n\r\n")
        #expect(heads.first?.headers.pairs == [["A", "1"], ["B", "2 3 4"], ["C", "5"], ["D", "6"]])
    }

    @Test func lengthDoesNotTravelWithChunks() {
        let (heads, _, _) = Self.read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\nA: 1\r\n\r\n")
        #expect(heads.first?.headers.pairs == [["Transfer-Encoding", "chunked"], ["A", "1"]])
    }

    @Test func interimHeadsLeaveNothingBehind() {
        let (heads, _, reader) = Self.read(
            "HTTP/1.1 103 Hints\r\nLink: x\r\nRetry-After: 5\r\nContent-Length: 3\r\n\r\nHTTP/1.1 200 OK\r\nA: 1\r\n\r\n")
        #expect(heads.map(\.status) == [103, 200])
        #expect(heads.last?.headers.pairs == [["A", "1"]])
        #expect(heads.last?.bodyLength == .unknown)
        #expect(reader.retryAfter == nil)
    }

    @Test func trailersAreDropped() {
        let (heads, refusal, reader) = Self.read("HTTP/1.1 429 X\r\nRetry-After: 3\r\n\r\nX-Sum: 1\r\nRetry-After: 9\r\nHTTP/1.1 500 X\r\nnonsense\r\n\r\n")
        #expect(heads.count == 1 && refusal == nil)
        #expect(reader.status == 429 && reader.retryAfter == "3")
    }

    @Test func withoutFieldsEverythingElseIsTheSame() {
        let (heads, _, reader) = Self.read("HTTP/1.1 503 X\r\nContent-Length: 3\r\nRetry-After: 3\r\n\r\n", keepsFields: false)
        #expect(heads.first?.headers.isEmpty == true)
        #expect(heads.first?.bodyLength == .sized(3))
        #expect(reader.retryAfter == "3")
    }

    @Test func boundsAreReached() {
        let status = "HTTP/1.1 200 OK\r\n"
        func fields(_ count: Int) -> String { String(repeating: "A: 1\r\n", count: count) }
        #expect(Self.read(status + fields(AnswerReader.maximumLines) + "\r\n").refusal == nil)
        #expect(Self.read(status + fields(AnswerReader.maximumLines + 1) + "\r\n").refusal != nil)
        let long = "A: " + String(repeating: "x", count: AnswerReader.maximumBytes - status.utf8.count - 7) + "\r\n\r\n"
        #expect(Self.read(status + long).refusal == nil)
        #expect(Self.read(status + "B" + long).refusal != nil)
        #expect(Self.read(String(repeating: "HTTP/1.1 102 X\r\n\r\n", count: 200)).refusal != nil)
    }

    /// No bytes whatever may trap: every short line over an alphabet of troublesome bytes, in each place of a head.
    @Test func everyShortLineIsRead() {
        let alphabet: [UInt8] = [0x00, 0x09, 0x0A, 0x0D, 0x20, 0x2C, 0x2F, 0x31, 0x3A, 0x41, 0xFF]
        for prefix in ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nA: 1\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n"] {
            for code in 0..<alphabet.count * alphabet.count * alphabet.count * alphabet.count {
                var reader = AnswerReader(keepsFields: true, isHead: false)
                for line in prefix.split(separator: "\r\n") { _ = (Array(line.utf8) + [0x0D, 0x0A]).withUnsafeBytes { reader.read($0) } }
                var rest = code
                let line = (0..<4).map { _ in
                    defer { rest /= alphabet.count }
                    return alphabet[rest % alphabet.count]
                }
                if case .interim = line.withUnsafeBytes({ reader.read($0) }) { Issue.record("\(line) ended an interim head") }
                _ = line.prefix(0).withUnsafeBytes { reader.read($0) }
            }
        }
    }
}
