import Exchange
import Policy
import Testing

@Suite struct OutgoingHeadersTests {
    private let via = Via(instance: 0xAB)
    private let mark = "1.1 pantograph-00000000000000ab"
    private let trace = TraceContext(
        traceID: TraceID(high: 1, low: 2)!, spanID: SpanID(3)!, flags: .sampled, traceState: "v=1")
    private let parent = "00-00000000000000010000000000000002-0000000000000003-01"

    private func upstream(_ change: (inout UpstreamSettings) -> Void = { _ in }) -> UpstreamSettings {
        var upstream = UpstreamSettings(name: "a", url: BaseURL(scheme: "https", host: "api.example", port: 8443, pathPrefix: "/v2"))
        change(&upstream)
        return upstream
    }

    private func make(
        _ fields: KeyValuePairs<String, String>, _ upstream: UpstreamSettings? = nil, role: Role = .primary, method: String = "POST",
        minorVersion: Int = 1, credentials: (name: String, value: String)? = nil, trace: TraceContext? = nil, baggage: String? = nil,
        key: String? = nil
    ) -> [[String]] {
        let request = RequestHead(
            method: method, target: "/", headers: Headers(fields), bodyLength: .none, minorVersion: minorVersion)
        return OutgoingHeaders(upstream ?? self.upstream(), via: via).make(
            for: request, role: role, credentials: credentials, trace: trace, baggage: baggage, idempotencyKey: key
        ).pairs
    }

    private var frame: (first: [String], last: [String]) { (["Host", "api.example:8443"], ["Via", mark]) }

    // MARK: What passes

    @Test func everythingElsePassesInOrder() {
        let passed: KeyValuePairs = [
            "User-Agent": "x/1", "ACCEPT": "*/*", "accept": "text/html;q=0.5", "X-Empty": "", "Content-Type": "application/json",
            "Content-Encoding": "gzip", "Via": "1.1 other", "Forwarded": "for=x", "Cache-Control": "no-store", "Range": "bytes=0-1",
            "Max-Forwards": "3", "Prefer": "respond-async", "If-Match": "\"a\"", "Keep-Alived": "1", "Hosts": "x", "T": "x",
        ]
        #expect(make(passed) == [frame.first] + passed.map { [$0.key, $0.value] } + [frame.last])
    }

    @Test func bytesThatAreNoText() {
        var headers = Headers()
        let value: [UInt8] = [0xFF, 0x00, 0x80, 0x20]
        Array("X-Raw".utf8).withUnsafeBytes { name in value.withUnsafeBytes { headers.append(name: name, value: $0) } }
        let request = RequestHead(method: "GET", target: "/", headers: headers, bodyLength: .none)
        let made = OutgoingHeaders(upstream(), via: via).make(
            for: request, role: .primary, credentials: nil, trace: nil, baggage: nil, idempotencyKey: nil)
        var raw: [UInt8] = []
        made.forEach("x-raw") { raw = Array($0) }
        #expect(raw == value)
    }

    @Test(arguments: [
        "Connection", "Proxy-Connection", "Keep-Alive", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "HTTP2-Settings",
        "Content-Length", "Expect", "Host",
    ])
    func whatNeverPasses(_ name: String) {
        for name in [name, name.lowercased(), name.uppercased()] {
            #expect(make(["A": "1", "\(name)": "value", "B": "2"]) == [frame.first, ["A", "1"], ["B", "2"], frame.last])
            #expect(OutgoingHeaders.isReserved(name) == (name.lowercased() != "host"))
        }
    }

    @Test(arguments: [
        ("close", []), ("keep-alive", []), ("Keep-Alive", []), ("", []), ("X-A", ["X-A"]), ("x-a", ["X-A"]), ("close, X-A , x-b", ["X-A", "X-B"]),
        (",,X-A,", ["X-A"]), ("X-A;q=1", []), ("X-", []), ("X-AB", []), ("cookie", ["Cookie"]), ("host", []), ("HOST, via", []),
        ("content-type,x-b", ["Content-Type", "X-B"]), ("\tX-B\t", ["X-B"]), ("traceparent", ["Traceparent"]),
    ] as [(String, [String])])
    func whatConnectionNames(_ value: String, _ gone: [String]) {
        let fields: KeyValuePairs = [
            "X-A": "1", "Cookie": "c", "Host": "h", "Connection": value, "X-B": "2", "x-a": "3", "Content-Type": "t", "Via": "1.1 v",
            "Traceparent": "p",
        ]
        let expected = fields.filter { field in
            field.key != "Connection" && field.key != "Host" && !gone.contains { $0.lowercased() == field.key.lowercased() }
        }
        #expect(make(fields) == [frame.first] + expected.map { [$0.key, $0.value] } + [frame.last])
    }

    @Test func severalConnectionFields() {
        #expect(make(["X-A": "1", "Connection": "X-A", "X-B": "2", "connection": "close, X-B", "X-C": "3"]) == [frame.first, ["X-C", "3"], frame.last])
    }

    /// What `Connection` of the application names does not touch what is put in here.
    @Test func connectionNamesWhatIsAdded() {
        let upstream = upstream {
            $0.credentials = .bearer(.literal("t"))
            $0.setHeaders = [("X-Set", "s")]
        }
        let made = make(
            ["Connection": "authorization, traceparent, baggage, x-set, host, via, idempotency-key", "X-Set": "1"], upstream,
            credentials: ("Authorization", "Bearer t"), trace: trace, baggage: "b=1", key: "\"k\"")
        #expect(made == [
            frame.first, ["Authorization", "Bearer t"], ["traceparent", parent], ["tracestate", "v=1"], ["baggage", "b=1"],
            ["Idempotency-Key", "\"k\""], ["X-Set", "s"], frame.last,
        ])
    }

    // MARK: Host and Via

    @Test func host() {
        let keeping = upstream { $0.keepHost = true }
        let setting = upstream { $0.setHeaders = [("hOST", "set.example")] }
        let both = upstream {
            $0.keepHost = true
            $0.setHeaders = [("Host", "set.example")]
        }
        let removing = upstream { $0.removeHeaders = ["Host"] }
        #expect(make(["A": "1", "hoST": "127.0.0.1:4100"], keeping) == [["hoST", "127.0.0.1:4100"], ["A", "1"], frame.last])
        #expect(make(["A": "1"], keeping) == [frame.first, ["A", "1"], frame.last])
        #expect(make(["Host": "x"], setting) == [["Host", "set.example"], frame.last])
        #expect(make(["Host": "x"], both) == [["Host", "set.example"], frame.last])
        #expect(make(["Host": "x"], removing) == [frame.first, frame.last])
        let local = UpstreamSettings(name: "b", url: BaseURL(scheme: "http", host: "::1", port: 80, pathPrefix: ""))
        #expect(make([:], local) == [["Host", "[::1]"], frame.last])
    }

    @Test func viaComesLast() {
        #expect(make(["Via": "1.0 a, 1.1 b", "A": "1"]) == [frame.first, ["Via", "1.0 a, 1.1 b"], ["A", "1"], frame.last])
        #expect(make([:], minorVersion: 0).last == ["Via", "1.0 pantograph-00000000000000ab"])
        #expect(make(["Via": "1.1 x"], upstream { $0.removeHeaders = ["via"] }) == [frame.first, frame.last])
    }

    // MARK: Trace, baggage, key

    @Test func traceAndBaggage() {
        let own: KeyValuePairs = ["traceparent": "theirs", "TraceState": "t=1", "A": "1", "Baggage": "b=1", "baggage": "b=2"]
        let rest = [["A", "1"]]
        let ownBaggage = [["Baggage", "b=1"], ["baggage", "b=2"]]
        #expect(make(own) == [frame.first] + own.map { [$0.key, $0.value] } + [frame.last])
        let sentTrace = [["traceparent", parent], ["tracestate", "v=1"]]
        #expect(make(own, trace: trace) == [frame.first] + rest + ownBaggage + sentTrace + [frame.last])
        #expect(make(own, trace: trace, baggage: "c=3") == [frame.first] + rest + sentTrace + [["baggage", "c=3"], frame.last])
        #expect(make(own, trace: trace, baggage: "") == [frame.first] + rest + sentTrace + [frame.last])
        var bare = trace
        bare.traceState = ""
        #expect(make(own, trace: bare, baggage: "") == [frame.first] + rest + [["traceparent", parent], frame.last])
    }

    @Test func idempotencyKey() {
        let fields: KeyValuePairs = ["idempotency-key": "theirs", "A": "1"]
        #expect(make(fields) == [frame.first, ["idempotency-key", "theirs"], ["A", "1"], frame.last])
        #expect(make(fields, key: "\"k\"") == [frame.first, ["A", "1"], ["Idempotency-Key", "\"k\""], frame.last])
        let named = upstream { $0.idempotency.header = "X-Request-Key" }
        #expect(make(["x-request-key": "t", "Idempotency-Key": "i"], named, key: "k") == [frame.first, ["Idempotency-Key", "i"], ["X-Request-Key", "k"], frame.last])
    }

    // MARK: set and remove

    @Test func removeAndSetHaveTheLastWord() {
        let names = ["authorization", "traceparent", "tracestate", "baggage", "idempotency-key", "x-a"]
        let fields: KeyValuePairs = ["X-A": "1", "X-B": "2", "Authorization": "a", "traceparent": "p", "baggage": "b", "Idempotency-Key": "i"]
        let removing = upstream {
            $0.removeHeaders = names
            $0.credentials = .bearer(.literal("t"))
        }
        let call = { (upstream: UpstreamSettings) in
            make(fields, upstream, credentials: ("Authorization", "Bearer t"), trace: trace, baggage: "b=1", key: "k")
        }
        #expect(call(removing) == [frame.first, ["X-B", "2"], frame.last])
        var setting = removing
        setting.removeHeaders = []
        setting.setHeaders = names.map { ($0.uppercased(), "set") }
        #expect(call(setting) == [frame.first, ["X-B", "2"]] + names.map { [$0.uppercased(), "set"] } + [frame.last])
        setting.removeHeaders = names
        #expect(call(setting) == [frame.first, ["X-B", "2"]] + names.map { [$0.uppercased(), "set"] } + [frame.last])
    }

    @Test func framingIsNotForSetToSet() {
        let setting = upstream { $0.setHeaders = [("Content-Length", "1"), ("transfer-encoding", "chunked"), ("Connection", "X-A"), ("X-A", "1")] }
        #expect(make(["X-A": "2"], setting) == [frame.first, ["X-A", "1"], frame.last])
        for name in ["Host", "Content-Length", "Connection"] {
            let upstream = upstream {
                $0.credentials = .header(name: name, value: .literal("c"))
                $0.idempotency.header = name
            }
            #expect(make(["A": "1"], upstream, credentials: (name, "c"), key: "k") == [frame.first, ["A", "1"], frame.last], "\(name)")
        }
    }

    // MARK: Max-Forwards

    @Test(arguments: [
        ("OPTIONS", "5", "4"), ("TRACE", " 10 ", "9"), ("OPTIONS", "1", "0"), ("OPTIONS", "0", "0"), ("GET", "5", "5"), ("options", "5", "5"),
        ("OPTIONS", "x", "x"), ("OPTIONS", "", ""), ("OPTIONS", "-1", "-1"), ("OPTIONS", "99999999999999999999", "99999999999999999999"),
        ("OPTIONS", "18446744073709551615", "18446744073709551614"), ("OPTIONS", "007", "6"),
    ])
    func maxForwards(_ method: String, _ value: String, _ expected: String) {
        #expect(make(["Max-Forwards": value], method: method) == [frame.first, ["Max-Forwards", expected], frame.last])
        let request = RequestHead(method: method, target: "*", headers: Headers(["max-forwards": value]), bodyLength: .none)
        #expect(MaxForwards.isReached(by: request) == (value == "0" && method != "GET"))
        #expect(make(["Max-Forwards": value], upstream { $0.removeHeaders = ["max-forwards"] }, method: method) == [frame.first, frame.last])
    }
}
