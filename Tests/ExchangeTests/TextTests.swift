import Exchange
import Testing

@Suite struct HexadecimalTests {
    @Test(arguments: SeededGenerator.seeds)
    func whatIsWrittenIsRead(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for value in [0, 1, 15, 16, .max] + (0..<1_000).map({ _ in generator.next() }) {
            let text = Hexadecimal.string(value)
            let short = String(value, radix: 16)
            #expect(text == String(repeating: "0", count: 16 - short.count) + short)
            #expect(Hexadecimal.value(text.utf8) == value)
            #expect(Hexadecimal.value(short.utf8) == value)
        }
    }

    @Test func everyByteAsADigit() {
        for byte in UInt8.min...UInt8.max {
            let expected: UInt64? =
                switch byte {
                case 0x30...0x39: UInt64(byte) - 0x30
                case 0x61...0x66: UInt64(byte) - 0x57
                default: nil
                }
            #expect(Hexadecimal.value([byte]) == expected)
            #expect((Hexadecimal.value([0x31, byte]) != nil) == (expected != nil))
        }
    }

    @Test func lengths() {
        #expect(Hexadecimal.value([]) == nil)
        #expect(Hexadecimal.value([UInt8](repeating: 0x66, count: 16)) == .max)
        #expect(Hexadecimal.value([UInt8](repeating: 0x30, count: 17)) == nil)
    }
}

@Suite struct HeadsTests {
    private func request(_ target: String) -> RequestHead {
        RequestHead(method: "GET", target: target, headers: Headers(), bodyLength: .none)
    }

    @Test(arguments: [
        ("/", "/", nil), ("/a", "/a", nil), ("/a?", "/a", ""), ("/a?b=c", "/a", "b=c"), ("/a?b?c", "/a", "b?c"), ("?", "", ""), ("*", "*", nil),
        ("", "", nil), ("/a?\u{301}=1", "/a", "\u{301}=1"), ("/%3Fa?b", "/%3Fa", "b"), ("/\u{E9}?x", "/\u{E9}", "x"),
    ] as [(String, String, String?)])
    func pathAndQuery(_ target: String, _ path: String, _ query: String?) {
        let request = request(target)
        #expect(Array(request.path.utf8) == Array(path.utf8))
        #expect(request.query.map { Array($0.utf8) } == query.map { Array($0.utf8) })
    }

    @Test func interimAnswers() {
        for status in [100, 103, 199, 200, 204, 304, 599] {
            #expect(AnswerHead(status: status, headers: Headers(), bodyLength: .none).isInterim == (status < 200))
        }
    }
}

@Suite struct ErrorClassTests {
    @Test func ofEveryStatus() {
        for status in 0...1_000 {
            let expected: ErrorClass? = status == 429 ? .http429 : status < 400 ? nil : status < 500 ? .http4xx : .http5xx
            #expect(ErrorClass(status: status) == expected)
        }
    }

    @Test func theWordsOfTheContract() {
        let words = [
            "dns", "connect_refused", "connect_timeout", "tls", "first_byte_timeout", "total_timeout", "reset", "protocol", "http_4xx",
            "http_429", "http_5xx", "cancelled", "breaker_open", "rate_limited", "body_too_large", "spool_full", "no_route", "loop",
        ]
        #expect(ErrorClass.allCases.map(\.rawValue) == words)
    }
}

@Suite struct ProblemTests {
    private func field(_ name: String, _ problem: Problem) -> String? { problem.answer().head.headers.first(name) }

    private func json(_ problem: Problem) -> String { String(buffer: problem.answer().body) }

    @Test func aWholeOne() {
        let id = ExchangeID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0001)
        let problem = Problem(
            status: 503, errorClass: .rateLimited, proxyError: "connection_limit_reached", detail: "say \"no\"", upstream: "a\\b",
            exchangeID: id, traceID: TraceID(high: 0, low: 5), retryAfter: 7)
        let (head, body) = problem.answer()
        #expect(head.status == 503 && head.bodyLength == .sized(body.readableBytes))
        #expect(head.headers.pairs == [
            ["content-type", "application/problem+json"], ["content-length", String(body.readableBytes)],
            ["proxy-status", #"pantograph; error=connection_limit_reached; next-hop="a\\b"; details="say \"no\"""#], ["retry-after", "7"],
        ])
        #expect(json(problem) == #"{"type":"urn:pantograph:problem:rate_limited","title":"A bound of this sidecar is reached","#
            + #""detail":"say \"no\"","class":"rate_limited","upstream":"a\\b","exchange_id":"01900000-0000-7000-8000-000000000001","#
            + #""trace_id":"00000000000000000000000000000005","status":503}"# + "\n")
    }

    @Test func ofEveryClass() {
        for errorClass in ErrorClass.allCases {
            for rejected in [false, true] {
                var outcome = AttemptOutcome(startedAt: MonotonicTime(nanoseconds: 0))
                outcome.errorClass = errorClass
                outcome.certificateRejected = rejected
                outcome.detail = "why"
                let problem = Problem.upstream("a", outcome)
                #expect([502, 503, 504].contains(problem.status))
                #expect(problem.errorClass == errorClass && problem.detail == "a: why" && problem.upstream == "a")
                #expect((problem.proxyError == "tls_certificate_error") == (errorClass == .tls && rejected))
                #expect(json(problem).contains("\"class\":\"\(errorClass.rawValue)\""))
            }
        }
    }

    /// Nothing that a detail says ends the field or the JSON string it stands in.
    @Test func everyCharacterInADetail() {
        for value in (UInt32(0)...0x17F).compactMap(Unicode.Scalar.init) {
            let problem = Problem.badRequest(400, "<\(Character(value))>")
            let status = field("proxy-status", problem) ?? ""
            #expect(status.utf8.allSatisfy { (0x20...0x7E).contains($0) })
            let inside = value == "\"" || value == "\\" ? "\\\(value)" : (0x20...0x7E).contains(value.value) ? "\(value)" : "?"
            #expect(status.hasSuffix("details=\"<\(inside)>\""))
            let text = json(problem).dropLast()
            #expect(text.unicodeScalars.allSatisfy { $0.value >= 0x20 })
            let quoted = value == "\"" || value == "\\" ? "\\\(value)" : value.value < 0x20 ? "\\u00" + Hexadecimal.string(UInt64(value.value)).suffix(2) : String(Character(value))
            #expect(text.contains("\"<\(quoted)>\""))
        }
    }
}
