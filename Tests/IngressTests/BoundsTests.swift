import Exchange
import Testing

@testable import Ingress

@Suite struct BoundsTests {
    private let host = "Host: a\r\n"

    /// A head of exactly `bytes` bytes, its empty line included.
    private func head(bytes: Int, target: String = "/") -> String {
        let start = "GET \(target) HTTP/1.1\r\n\(host)X: "
        return start + String(repeating: "x", count: bytes - start.utf8.count - 4) + "\r\n\r\n"
    }

    @Test(arguments: [[Int.max], [1], [100, .max]])
    func aHeadMayBeAsLongAsItsBound(pieces: [Int]) {
        let limits = Limits.small(headerBytes: 300)
        #expect(Parsed.feed(head(bytes: 300), pieces: pieces, limits: limits).messages.count == 1)
        #expect(Parsed.feed(head(bytes: 301), pieces: pieces, limits: limits) == Parsed(refusal: .headTooLarge))
        #expect(Parsed.feed(head(bytes: 5000), pieces: pieces, limits: limits) == Parsed(refusal: .headTooLarge))
    }

    @Test(arguments: [[Int.max], [1], [100, .max]])
    func aRequestLineMayNotBeLongerThanTheHeadMay(pieces: [Int]) {
        let limits = Limits.small(headerBytes: 300)
        let long = "GET /\(String(repeating: "a", count: 300)) HTTP/1.1\r\n\(host)\r\n"
        #expect(Parsed.feed(long, pieces: pieces, limits: limits) == Parsed(refusal: .targetTooLong))
        let endless = String(repeating: "A", count: 400)
        #expect(Parsed.feed(endless, pieces: pieces, limits: limits) == Parsed(refusal: .targetTooLong))
        let fits = "GET /\(String(repeating: "a", count: 270)) HTTP/1.1\r\n\(host)\r\n"
        #expect(Parsed.feed(fits, pieces: pieces, limits: limits).messages.count == 1)
    }

    @Test func aLineWithoutEndIsRefusedWhenItReachesTheBound() {
        let endless = "GET / HTTP/1.1\r\n\(host)X: " + String(repeating: "x", count: 5000)
        #expect(Parsed.feed(endless, pieces: [1], limits: .small(headerBytes: 300)) == Parsed(refusal: .headTooLarge))
    }

    @Test(arguments: [[Int.max], [1]])
    func thereMayBeAsManyFieldsAsTheirBound(pieces: [Int]) {
        let limits = Limits.small(headerCount: 5)
        func request(fields: Int) -> String { "GET / HTTP/1.1\r\n\(host)\(String(repeating: "X: y\r\n", count: fields - 1))\r\n" }
        #expect(Parsed.feed(request(fields: 5), pieces: pieces, limits: limits).messages.first?.headers.count == 5)
        #expect(Parsed.feed(request(fields: 6), pieces: pieces, limits: limits) == Parsed(refusal: .tooManyFields))
    }

    @Test(arguments: [[Int.max], [1]])
    func aSizedBodyMayBeAsLongAsItsBound(pieces: [Int]) {
        func request(length: Int) -> String {
            "POST / HTTP/1.1\r\n\(host)Content-Length: \(length)\r\n\r\n\(String(repeating: "x", count: length))"
        }
        #expect(Parsed.feed(request(length: 1000), pieces: pieces, limits: .small()).messages.first?.body.count == 1000)
        // Said in the head: nothing is handed over.
        #expect(Parsed.feed(request(length: 1001), pieces: pieces, limits: .small()) == Parsed(refusal: .bodyTooLarge))
    }

    @Test(arguments: [[Int.max], [1]])
    func aChunkedBodyMayBeAsLongAsItsBound(pieces: [Int]) {
        func request(chunks: [Int]) -> String {
            HostileRequests.chunkedHead
                + chunks.map { "\(String($0, radix: 16))\r\n\(String(repeating: "x", count: $0))\r\n" }.joined() + "0\r\n\r\n"
        }
        let whole = Parsed.feed(request(chunks: [400, 600]), pieces: pieces, limits: .small())
        #expect(whole.messages.first?.body.count == 1000)
        #expect(whole.messages.first?.isComplete == true)
        for chunks in [[400, 601], [1001], [1000, 1]] {
            let parsed = Parsed.feed(request(chunks: chunks), pieces: pieces, limits: .small())
            #expect(parsed.refusal == .bodyTooLarge)
            #expect(parsed.messages.first?.isComplete == false)
        }
    }

    @Test func trailersAreBoundedLikeHeaders() {
        let body = "1\r\nx\r\n0\r\n"
        let many = HostileRequests.chunkedHead + body + String(repeating: "X: y\r\n", count: 9) + "\r\n"
        #expect(Parsed.feed(many, limits: .small(headerCount: 8)).refusal == .tooManyFields)
        let long = HostileRequests.chunkedHead + body + "X: \(String(repeating: "y", count: 600))\r\n\r\n"
        #expect(Parsed.feed(long, limits: .small(headerBytes: 512)).refusal == .headTooLarge)
        let fits = HostileRequests.chunkedHead + body + String(repeating: "X: y\r\n", count: 8) + "\r\n"
        #expect(Parsed.feed(fits, limits: .small(headerCount: 8)).messages.first?.isComplete == true)
    }

    @Test func aBodyInLargeChunksWithExtensionsIsTaken() {
        let chunk = "400;a=\(String(repeating: "b", count: 900))\r\n\(String(repeating: "x", count: 1024))\r\n"
        let parsed = Parsed.feed(HostileRequests.chunkedHead + String(repeating: chunk, count: 100) + "0\r\n\r\n")
        #expect(parsed.messages.first?.body.count == 102_400)
        #expect(parsed.refusal == nil)
    }
}
