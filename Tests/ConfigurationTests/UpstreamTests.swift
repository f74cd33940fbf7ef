import Exchange
import Testing

@testable import Configuration

@Suite struct UpstreamSectionTests {
    private func upstream(_ keys: String) throws -> UpstreamSettings {
        try checked("upstreams:\n  a: { url: \"https://a.example\", \(keys) }\n").settings.upstreams[0]
    }

    private func found(_ keys: String) -> [String] {
        errors("upstreams:\n  a: { url: \"https://a.example\", \(keys) }\n").map { "\($0.keyPath): \($0.message)" }
    }

    @Test func defaults() throws {
        let settings = try upstream("keep_host: false")
        #expect(settings.retry == nil && settings.credentials == nil && !settings.inheritCredentials)
        #expect(settings.httpVersion == .automatic && settings.inFlight == 1024 && settings.connections == 256)
        #expect(settings.timeouts.connect == .seconds(2) && settings.timeouts.total == .seconds(30))
    }

    @Test func everyKey() throws {
        let settings = try upstream(
            """
            timeout: { connect: 1s, first_byte: 2s, total: 3s }, limit: { in_flight: 7, connections: 8 }, keep_host: true, \
            inherit_credentials: true, http: 2, idempotency: { key: generate, header: X-Key }, \
            headers: { set: { X-Source: 7, X-Empty: "" }, remove: [Cookie] }, \
            retry: { attempts: 4, backoff: 1s, max_backoff: 2s, give_up_after: 1h, on: [connect, timeout, reset, 5xx, 429] }
            """)
        #expect(
            settings.timeouts.connect == .seconds(1) && settings.timeouts.firstByte == .seconds(2)
                && settings.timeouts.total == .seconds(3))
        #expect(settings.inFlight == 7 && settings.connections == 8 && settings.keepHost && settings.inheritCredentials)
        #expect(settings.httpVersion == .http2 && settings.idempotency.generate && settings.idempotency.header == "X-Key")
        #expect(settings.setHeaders.map(\.name) == ["X-Source", "X-Empty"] && settings.setHeaders.map(\.value) == ["7", ""])
        #expect(settings.removeHeaders == ["Cookie"])
        #expect(settings.retry?.attempts == 4 && settings.retry?.giveUpAfter == .seconds(3600))
        #expect(settings.retry?.on == [.connect, .timeout, .reset, .serverErrors, .status(429)])
    }

    @Test func breakers() throws {
        #expect(try upstream("keep_host: false").breaker == nil && upstream("breaker: false").breaker == nil)
        #expect(try upstream("breaker: {}").breaker == BreakerSettings() && upstream("breaker: true").breaker == BreakerSettings())
        let settings = try upstream("breaker: { failure_ratio: 1, window: 1m, minimum: 5, open_for: 250ms }").breaker
        #expect(settings?.failureRatio == 1 && settings?.window == .seconds(60))
        #expect(settings?.minimum == 5 && settings?.openFor == .milliseconds(250))
        #expect(try upstream("breaker: { failure_ratio: 0.001 }").breaker?.failureRatio == 0.001)
    }

    @Test func rates() throws {
        #expect(try upstream("limit: { in_flight: 1 }").rate == nil)
        #expect(try upstream("limit: { rate: 100/1m }").rate == RateSettings(count: 100, per: .seconds(60), burst: 1))
        #expect(try upstream("limit: { rate: 5/1s, burst: 20 }").rate == RateSettings(count: 5, per: .seconds(1), burst: 20))
        #expect(try upstream("limit: { rate: 999999999/31d, burst: 1000000 }").rate?.burst == 1_000_000)
        let found = errors("upstreams:\n  a: { url: \"https://a.example\", limit: { burst: 2 } }\n")
        #expect(found.map(\.hint) == ["write for example  rate: 100/1m  beside it, or in_flight for calls at once"])
    }

    @Test(arguments: [
        ("breaker: { failure_ratio: 0 }", "upstreams.a.breaker.failure_ratio: must be above 0 and at most 1, found '0'"),
        ("breaker: { failure_ratio: 1.5 }", "upstreams.a.breaker.failure_ratio: must be from 0 to 1"),
        ("breaker: { failure_ratio: -1 }", "upstreams.a.breaker.failure_ratio: expected a number from 0 to 1"),
        ("breaker: { window: 0s }", "upstreams.a.breaker.window: must be from 1ms to 1h"),
        ("breaker: { minimum: 0 }", "upstreams.a.breaker.minimum: must be from 1 to 1000000"),
        ("breaker: { open_for: 25h }", "upstreams.a.breaker.open_for: must be from 1ms to 24h"),
        ("breaker: { openfor: 5s }", "upstreams.a.breaker.openfor: unknown key"),
        ("breaker: on", "upstreams.a.breaker: expected a block such as { failure_ratio: 0.5 }, true or false, found 'on'"),
        ("breaker: ~", "upstreams.a.breaker: has no value"),
        ("breaker: [0.5]", "upstreams.a.breaker: expected a block such as { failure_ratio: 0.5 }, true or false, found a list"),
        ("limit: { rate: lots }", "upstreams.a.limit.rate: expected a rate such as 100/1m, found 'lots'"),
        ("limit: { rate: 100 }", "upstreams.a.limit.rate: expected a rate such as 100/1m, found '100'"),
        ("limit: { rate: 1/32d }", "upstreams.a.limit.rate: the time of a rate must be at most 31d, found '1/32d'"),
        ("limit: { rate: lots, burst: 20 }", "upstreams.a.limit.rate: expected a rate"),
        ("limit: { burst: 20 }", "upstreams.a.limit.burst: a burst is how far a rate may be run ahead of, and there is no rate"),
        ("limit: { rate: 1/1s, burst: 0 }", "upstreams.a.limit.burst: must be from 1 to 1000000"),
        ("limit: { rate: 1/1s, burst: 1000001 }", "upstreams.a.limit.burst: must be from 1 to 1000000"),
        ("limit: { in_flight: 0 }", "upstreams.a.limit.in_flight: must be from 1 to 65536"),
        ("timeout: { connect: 40s }", "upstreams.a.timeout.connect: connect (40s) is longer than total (30s)"),
        ("timeout: { total: 1s }", "upstreams.a.timeout.total: connect (2s) is longer than total (1s)"),
        ("timeout: { connect: 0s }", "upstreams.a.timeout.connect: must be from 1ms to 24h"),
        ("http: 3", "upstreams.a.http: expected one of auto, 1.1, 2"),
        ("idempotency: { key: make }", "upstreams.a.idempotency.key: expected one of generate, application"),
        ("idempotency: { header: Content-Length }", "upstreams.a.idempotency.header: Content-Length frames the body"),
        ("headers: { set: { Host: b } }", "upstreams.a.headers.set.Host: Host comes from the upstream's url"),
        ("headers: { set: { \"a b\": c } }", "upstreams.a.headers.set.a b: 'a b' is not a header's name"),
        ("headers: { set: { a: b, A: c } }", "upstreams.a.headers.set.A: 'A' is set twice"),
        ("headers: { set: { a: \"b\\r\\nc: d\" } }", "upstreams.a.headers.set.a: the value holds line breaks"),
        ("headers: { set: { a: b }, remove: [A] }", "upstreams.a.headers.remove: 'A' is both set and removed"),
        (
            "credentials: { bearer: x }, headers: { set: { authorization: y } }",
            "upstreams.a.headers.set: credentials and headers.set both write 'Authorization'"
        ),
        ("headers: { remove: [Via] }", "upstreams.a.headers.remove[0]: Via is part of what pantograph sends"),
        ("headers: { remove: Cookie }", "upstreams.a.headers.remove: expected a list of headers"),
        ("retry: { attempts: 0 }", "upstreams.a.retry.attempts: must be from 1 to 10000"),
        ("retry: { backoff: 2s, max_backoff: 1s }", "upstreams.a.retry.max_backoff: max_backoff (1s) is shorter than backoff (2s)"),
        ("retry: { on: [conect] }", "upstreams.a.retry.on[0]: expected one of connect, timeout, reset, 5xx or a status"),
        ("retry: { on: [4xx] }", "upstreams.a.retry.on[0]: 4xx as a whole"),
        ("retry: { on: [200] }", "upstreams.a.retry.on[0]: only statuses from 400 to 599"),
        ("retry: { on: 429 }", "upstreams.a.retry.on: expected a list such as"),
        (
            "tls: { ca_file: /does/not/exist.pem }",
            "upstreams.a.tls.ca_file: the certificate file /does/not/exist.pem can't be read"
        ),
    ])
    func refuses(_ keys: String, _ message: String) {
        #expect(found(keys).count == 1, "\(found(keys))")
        #expect(found(keys).first?.hasPrefix(message) == true, "\(found(keys))")
    }

    @Test(arguments: [
        (
            "timeout: { first_byte: 40s }",
            "upstreams.a.timeout.first_byte: first_byte (40s) is longer than total (30s) and never applies"
        ),
        ("timeout: { total: 5s }", "upstreams.a.timeout.total: first_byte (10s) is longer than total (5s) and never applies"),
        ("retry: { attempts: 1, on: [429] }", "upstreams.a.retry.attempts: attempts: 1 counts the first"),
        ("retry: { on: [] }", "upstreams.a.retry.on: 'on' is empty"),
        ("retry: { give_up_after: 1ms }", "upstreams.a.retry.give_up_after: give_up_after (1ms) is over before"),
        (
            "inherit_credentials: true, credentials: { bearer: { env: TOKEN } }",
            "upstreams.a.inherit_credentials: credentials replace the application's Authorization"
        ),
    ])
    func doubts(_ keys: String, _ message: String) {
        let text = "upstreams:\n  a: { url: \"https://a.example\", \(keys) }\n"
        let found = warnings(text, ["TOKEN": "t"]).map { "\($0.keyPath): \($0.message)" }
        #expect(found.count == 1, "\(found)")
        #expect(found.first?.hasPrefix(message) == true, "\(found)")
        #expect(errors(text, ["TOKEN": "t"]).isEmpty)
    }

    @Test func whatIsInErrorLeadsToNoConclusions() {
        #expect(found("timeout: { connect: x, total: 1s }").count == 1)
        #expect(found("retry: { backoff: 2h, max_backoff: 1s }").count == 1)
    }

    @Test func cleartextUpstreams() throws {
        let directory = try Directory()
        let path = try directory.write("ca.pem", certificate)
        let text = "upstreams: { a: { url: \"http://a.example\", tls: { ca_file: \(path) } } }\n"
        #expect(warnings(text).map(\.keyPath) == ["upstreams.a.tls.ca_file"])
        #expect(errors("upstreams: { a: { url: \"http://a.example\", http: 2 } }\n").map(\.keyPath) == ["upstreams.a.http"])
    }

    @Test(arguments: [
        ("{}", "there is no upstream"), ("{ a b: { url: \"http://a\" } }", "a name is 1 to 64"),
        ("{ all: { url: \"http://a\" } }", "'all' can't be"),
        ("[a]", "expected upstreams by name"), ("{ a: {} }", "'url' is missing"),
        ("{ a: http://a }", "expected an upstream such as"),
        ("{ a: }", "has no value"), ("{ a: { url: [] } }", "expected a URL such as"),
    ])
    func upstreams(_ value: String, _ message: String) {
        let found = errors("upstreams: \(value)\n")
        #expect(found.count == 1 && found.first?.message.hasPrefix(message) == true, "\(found)")
    }

    @Test func upstreamsAreMissing() {
        let found = errors("threads: 1\n")
        #expect(found.map(\.message) == ["'upstreams' is missing"])
        #expect(found.first?.hint?.contains("upstreams: {") == true)
    }

    @Test func theirNumberIsBounded() throws {
        func text(_ count: Int) -> String {
            "upstreams:\n" + (0..<count).map { "  u\($0): { url: \"http://u\($0).example\", credentials: none }\n" }.joined()
        }
        #expect(try checked(text(Bound.upstreams)).settings.upstreams.count == Bound.upstreams)
        #expect(errors(text(Bound.upstreams + 1)).map(\.code) == [.outOfRange])
    }
}
