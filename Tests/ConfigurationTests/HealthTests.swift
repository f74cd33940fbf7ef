import Exchange
import Testing

@testable import Configuration

@Suite struct HealthSectionTests {
    private func file(_ text: String) -> String { "upstreams:\n  a: { url: http://a.test, health: \(text) }\n" }

    @Test func everyKey() throws {
        let health = try checked(
            file("{ path: \"/v1/healthz?deep=1\", interval: 1s, timeout: 200ms, expect: 204, required: true }")
        ).settings.upstreams[0].health
        var expected = HealthSettings(path: "/v1/healthz?deep=1")
        (expected.interval, expected.timeout, expected.expected, expected.isRequired) = (.seconds(1), .milliseconds(200), 204...204, true)
        #expect(health == expected)
    }

    @Test func defaults() throws {
        #expect(try checked(file("{ path: /healthz }")).settings.upstreams[0].health == HealthSettings(path: "/healthz"))
        #expect(try checked(file("false")).settings.upstreams[0].health == nil)
        #expect(try checked(twoUpstreams).settings.upstreams[0].health == nil)
    }

    @Test func aRangeOfStatuses() throws {
        #expect(try checked(file("{ path: /, expect: 200-399 }")).settings.upstreams[0].health?.expected == 200...399)
    }

    @Test(arguments: [
        ("{}", "upstreams.a.health: 'path' is missing"), ("true", "upstreams.a.health: a probe needs a path"),
        ("{ path: healthz }", "upstreams.a.health.path: expected a path such as /healthz"),
        ("{ path: \"/a b\" }", "upstreams.a.health.path: expected a path"),
        ("{ path: /, interval: 1ms }", "upstreams.a.health.interval: must be from 100ms"),
        ("{ path: /, expect: 600 }", "upstreams.a.health.expect: expected a status such as 200, or a range"),
        ("{ path: /, expect: 300-200 }", "upstreams.a.health.expect: expected a status"),
        ("{ path: /, expect: 200-300-400 }", "upstreams.a.health.expect: expected a status"),
        ("{ path: /, expect: 2xx }", "upstreams.a.health.expect: expected a status"),
    ])
    func refuses(_ text: String, _ message: String) {
        let found = errors(file(text)).map { "\($0.keyPath): \($0.message)" }
        #expect(found.count == 1 && found.first?.hasPrefix(message) == true, "\(found)")
    }
}
