import Exchange
import Policy
import Testing

@Suite struct AnswerHeadersTests {
    private let outgoing = OutgoingHeaders(
        UpstreamSettings(name: "a", url: BaseURL(scheme: "http", host: "a", port: 80, pathPrefix: "")), via: Via(instance: 7))
    private let mark = ["Via", "1.1 pantograph-0000000000000007"]

    @Test func everythingElsePassesInOrder() {
        let fields: KeyValuePairs = [
            "Content-Type": "text/plain", "Set-Cookie": "a=1", "set-cookie": "b=2", "Server": "x", "Date": "d", "Via": "1.1 b",
            "WWW-Authenticate": "Basic", "Host": "odd", "Expect": "odd", "Authorization": "odd", "traceparent": "t", "Retry-After": "1",
        ]
        #expect(outgoing.answer(Headers(fields)).pairs == fields.map { [$0.key, $0.value] } + [mark])
    }

    @Test(arguments: ["Connection", "proxy-connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "UPGRADE", "content-length"])
    func whatNeverPasses(_ name: String) {
        #expect(outgoing.answer(Headers(["A": "1", "\(name)": "x", "B": "2"])).pairs == [["A", "1"], ["B", "2"], mark])
    }

    @Test func whatConnectionNames() {
        let answer = outgoing.answer(Headers(["X-A": "1", "Connection": "close, x-a, via", "Via": "1.1 b", "X-B": "2"]))
        #expect(answer.pairs == [["Via", "1.1 b"], ["X-B", "2"], mark])
    }

    @Test(arguments: [
        ("GET", 200, "5", .sized(5), .sized(5)), ("GET", 200, nil, .unknown, .unknown), ("GET", 204, nil, .none, .none),
        ("HEAD", 200, "5", .none, .sized(5)), ("HEAD", 200, nil, .none, .unknown), ("HEAD", 404, "0", .none, .sized(0)),
        ("GET", 304, "5", .none, .sized(5)), ("GET", 304, nil, .none, .none), ("HEAD", 304, nil, .none, .none),
        ("HEAD", 200, "x", .none, .unknown), ("HEAD", 200, "-1", .none, .unknown), ("HEAD", 200, "99999999999999999999", .none, .unknown),
        ("head", 200, "5", .sized(5), .sized(5)), ("POST", 201, "7", .sized(7), .sized(7)),
    ] as [(String, Int, String?, BodyLength, BodyLength)])
    func lengthsOfAnswersWithoutABody(_ method: String, _ status: Int, _ field: String?, _ read: BodyLength, _ expected: BodyLength) {
        var headers = Headers(["ETag": "\"e\""])
        if let field { headers.append("Content-Length", field) }
        let head = outgoing.answer(AnswerHead(status: status, headers: headers, bodyLength: read), to: method)
        #expect(head.status == status && head.bodyLength == expected)
        #expect(head.headers.pairs == [["ETag", "\"e\""], mark])
    }
}
