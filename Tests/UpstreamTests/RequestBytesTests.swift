import Exchange
import NIOCore
import Testing
import Upstream

/// What goes over the wire, byte for byte.
@Suite struct RequestBytesTests {
    private static func sent(
        _ method: String = "GET", _ target: String = "/", headers: Headers = ["Host": "a.test"], body: RequestBody? = nil,
        length: BodyLength = .none, warmUp: Bool = false
    ) async throws -> String {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")] }
        var text = ""
        try await onStage(server) { stage async throws in
            let story = try await stage.call(method, target, headers: headers, body: body, length: length)
            #expect(story.outcome?.errorClass == nil, "\(story.outcome?.detail ?? "")")
            let request = try #require(server.requests.last)
            text = String(decoding: request.head + request.body, as: UTF8.self)
        }
        return text
    }

    @Test(arguments: ["GET", "HEAD", "DELETE", "OPTIONS", "PURGE", "get"]) func withoutBody(method: String) async throws {
        #expect(try await Self.sent(method) == "\(method) / HTTP/1.1\r\nHost: a.test\r\n\r\n")
    }

    @Test(arguments: ["POST", "PUT", "PATCH"]) func methodsWithAnEmptyBodySaySo(method: String) async throws {
        let expected = "\(method) / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n"
        #expect(try await Self.sent(method) == expected)
        #expect(try await Self.sent(method, body: .whole(""), length: .sized(0)) == expected)
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE", "GET", "QUERY", "OPTIONS", "HEAD"], [3, 20_000])
    func sizedBody(method: String, size: Int) async throws {
        let text = String(repeating: "b", count: size)
        let sent = try await Self.sent(method, body: .whole(text), length: .sized(size))
        #expect(sent == "\(method) / HTTP/1.1\r\nHost: a.test\r\nContent-Length: \(size)\r\n\r\n\(text)")
    }

    @Test(arguments: ["POST", "PUT", "GET"]) func bodyOfUnknownLengthIsChunked(method: String) async throws {
        let sent = try await Self.sent(method, body: .whole("hello"), length: .unknown)
        #expect(sent == "\(method) / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        let empty = try await Self.sent(method, body: .whole(""), length: .unknown)
        #expect(empty == "\(method) / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
    }

    @Test(arguments: ["/a/../b?x=%2F", "/a/./b", "//", "/?", "/%zz?a=b?c", "/{x}|y\"<>", "*", "/ü"]) func targetGoesAsItIs(target: String) async throws {
        #expect(try await Self.sent("GET", target) == "GET \(target) HTTP/1.1\r\nHost: a.test\r\n\r\n")
    }

    @Test func fieldsGoAsTheyAre() async throws {
        let headers: Headers = [
            "accept": "text/html", "User-Agent": "x/1", "X-Empty": "", "host": "other.test:81", "Cookie": "a=1", "cookie": "b=2", "X-Dup": "1",
            "X-Dup": "2", "Content-Type": "text/plain", "Authorization": "Bearer t", "X-Colon": "a: b; c", "Accept-Encoding": "gzip, br", "TE": "trailers",
            "Range": "bytes=0-1", "Connection": "x-y", "Referer": "r", "X-Last": "",
        ]
        let sent = try await Self.sent("POST", headers: headers, body: .whole("x"), length: .sized(1))
        #expect(
            sent == """
                POST / HTTP/1.1\r
                host: other.test:81\r
                accept: text/html\r
                User-Agent: x/1\r
                X-Empty:\r
                Cookie: a=1\r
                cookie: b=2\r
                X-Dup: 1\r
                X-Dup: 2\r
                Content-Type: text/plain\r
                Authorization: Bearer t\r
                X-Colon: a: b; c\r
                Accept-Encoding: gzip, br\r
                TE: trailers\r
                Range: bytes=0-1\r
                Connection: x-y\r
                Referer: r\r
                X-Last:\r
                Content-Length: 1\r
                \r
                x
                """.replacing("host:", with: "Host:"))
    }

    @Test(arguments: ["accept", "Content-Type", "Expected", "X-A"]) func soleFieldMayBeEmpty(name: String) async throws {
        #expect(try await Self.sent(headers: ["Host": "a.test", name: ""]) == "GET / HTTP/1.1\r\nHost: a.test\r\n\(name):\r\n\r\n")
        #expect(
            try await Self.sent(headers: [name: "", "Host": "a.test", "B": "1"])
                == "GET / HTTP/1.1\r\nHost: a.test\r\n\(name):\r\nB: 1\r\n\r\n")
    }

    @Test func valuesNeedNotBeText() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 204 X\r\n\r\n")] }
        try await onStage(server) { stage async throws in
            var headers: Headers = ["Host": "a.test"]
            [UInt8](arrayLiteral: 0xFF, 0x80, 0x09, 0x20, 0xE9).withUnsafeBytes { value in
                Array("X-Raw".utf8).withUnsafeBytes { headers.append(name: $0, value: value) }
            }
            _ = try await stage.call(headers: headers)
            let head = try #require(server.requests.first).head
            #expect(head == Array("GET / HTTP/1.1\r\nHost: a.test\r\nX-Raw: ".utf8) + [0xFF, 0x80, 0x09, 0x20, 0xE9] + Array("\r\n\r\n".utf8))
        }
    }

    @Test func framingIsNotTakenFromTheFields() async throws {
        let headers: Headers = ["Content-Length": "7", "Host": "a.test", "Transfer-Encoding": "chunked", "Expect": "100-continue"]
        let sent = try await Self.sent("POST", headers: headers, body: .whole("x"), length: .sized(1))
        #expect(sent == "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1\r\n\r\nx")
    }

    @Test func nobodyIsAskedToContinue() async throws {
        let size = 2 * 1024 * 1024
        let sent = try await Self.sent("POST", body: .whole(ByteBuffer(repeating: 0x61, count: size)), length: .sized(size))
        #expect(sent.hasPrefix("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: \(size)\r\n\r\naaa"))
    }

    @Test func withoutHostItIsTheOrigins() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 204 X\r\n\r\n")] }
        try await onStage(server) { stage async throws in
            _ = try await stage.call(headers: [:])
            #expect(server.requests.first?.text == "GET / HTTP/1.1\r\nHost: 127.0.0.1:\(server.port)\r\n\r\n")
        }
    }

    /// A handle is used again for another kind of request: nothing of the one before may show.
    @Test func kindsFollowEachOtherInAnyOrder() async throws {
        let server = try await ScriptedServer { request in
            let length = request.requestLine.hasPrefix("HEAD") ? 9 : 0
            return [.send("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\n")]
        }
        let kinds: [(method: String, body: String?, length: BodyLength, expected: String)] = [
            ("GET", nil, .none, "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
            ("HEAD", nil, .none, "HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
            ("POST", "ab", .sized(2), "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 2\r\n\r\nab"),
            ("PUT", "abc", .unknown, "PUT / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
            ("PATCH", "", .none, "PATCH / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n"),
            ("DELETE", nil, .none, "DELETE / HTTP/1.1\r\nHost: a.test\r\n\r\n"),
        ]
        try await onStage(server) { stage async throws in
            for first in kinds {
                for second in kinds {
                    for kind in [first, second] {
                        let story = try await stage.call(kind.method, body: kind.body.map { .whole($0) }, length: kind.length)
                        #expect(story.outcome?.status == 200)
                        let request = try #require(server.requests.last)
                        #expect(String(decoding: request.head + request.body, as: UTF8.self) == kind.expected)
                    }
                }
            }
            #expect(server.connections == 1)
        }
    }

    @Test(arguments: [
        ("GET", "/a b", "Host"), ("GET", "/a\r\nX: 1", "Host"), ("GET", "", "Host"), ("G T", "/", "Host"), ("", "/", "Host"), ("GET", "/", "X Y"),
        ("GET", "/", "X:Y"), ("GET", "/", ""),
    ]) func whatWouldBreakTheMessageIsRefused(method: String, target: String, name: String) async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 204 X\r\n\r\n")] }
        try await onStage(server) { stage async throws in
            let story = try await stage.call(method, target, headers: [name: "a"])
            #expect(story.outcome?.errorClass == .protocol)
            #expect(story.outcome?.detail.contains("may not be sent") == true)
            #expect(try await stage.call(headers: ["X": "a\r\nY: b"]).outcome?.errorClass == .protocol)
            #expect(try await stage.call(headers: ["X": "a\u{0}"]).outcome?.errorClass == .protocol)
            #expect(server.requests.isEmpty)
            #expect(stage.inFlight == 0)
        }
    }
}
