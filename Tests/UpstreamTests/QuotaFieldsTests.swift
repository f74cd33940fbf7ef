import Exchange
import Testing

@testable import Upstream

@Suite struct QuotaFieldsTests {
    /// 2026-11-24T12:00:00Z.
    private static let now = WallTime(nanosecondsSinceEpoch: 1_795_521_600 * 1_000_000_000)

    struct Case: Sendable {
        var fields: [String]
        var remaining: Int?
        var reset: Duration?

        init(_ fields: String..., remaining: Int? = nil, reset: Duration? = nil) {
            (self.fields, self.remaining, self.reset) = (fields, remaining, reset)
        }
    }

    private static func reader(_ fields: [String], status: Int = 200, keepsFields: Bool = true) -> AnswerReader {
        var reader = AnswerReader(keepsFields: keepsFields, isHead: false)
        for line in ["HTTP/1.1 \(status) X"] + fields + [""] { _ = Array("\(line)\r\n".utf8).withUnsafeBytes { reader.read($0) } }
        return reader
    }

    private static func quota(_ fields: [String]) -> Quota? { reader(fields).quota?.quota(now: now) }

    @Test(arguments: [
        // The draft, now and as it was before.
        Case("RateLimit: \"burst\";r=50;t=30", remaining: 50, reset: .seconds(30)), Case("RateLimit: default;r=50;t=30", remaining: 50, reset: .seconds(30)),
        Case("RateLimit: \"a\"; t=5;  r=1;pk=:cHk=:;x=?1;y=\"q\\\"\"", remaining: 1, reset: .seconds(5)),
        Case("RateLimit: \"a\";r=7", remaining: 7), Case("RateLimit: \"a\";r=0;t=0", remaining: 0, reset: .zero),
        Case("RateLimit: \"a\";r=20;t=23, \"b\";r=3;t=2402", remaining: 3, reset: .seconds(2402)),
        Case("RateLimit: \"a\";r=20;t=23", "RateLimit: \"b\";r=3;t=2402", remaining: 3, reset: .seconds(2402)),
        // Two that are used up: the one that takes longer.
        Case("RateLimit: \"a\";r=0;t=5, \"b\";r=0;t=60", remaining: 0, reset: .seconds(60)), Case("RateLimit: \"b\";r=0;t=60, \"a\";r=0;t=5", remaining: 0, reset: .seconds(60)),
        Case("RateLimit: \"a\";r=0, \"b\";r=0;t=60", remaining: 0, reset: .seconds(60)),
        Case("RateLimit: \"a, b; r=1\";r=9;t=1", remaining: 9, reset: .seconds(1)), Case("RateLimit: \"a\";r=1;r=2;t=1", remaining: 2, reset: .seconds(1)),
        Case("RateLimit: limit=100, remaining=50, reset=30", remaining: 50, reset: .seconds(30)), Case("RateLimit: limit=100, remaining=50;w=1", remaining: 50),
        Case("RateLimit: limit=100,remaining=0,reset=9", remaining: 0, reset: .seconds(9)), Case("RateLimit: limit=100, reset=30"),
        // A policy's window where no time is said.
        Case("RateLimit-Policy: \"a\";q=100;w=60", "RateLimit: \"a\";r=0", remaining: 0, reset: .seconds(60)),
        Case("RateLimit: \"b\";r=0", "RateLimit-Policy: \"a\";q=100;w=60, \"b\";q=9;w=7", remaining: 0, reset: .seconds(7)),
        Case("RateLimit-Policy: \"a\";q=100;w=60", "RateLimit: \"b\";r=0", remaining: 0), Case("RateLimit-Policy: \"a\";q=100;w=60", "RateLimit: \"a\";r=0;t=2", remaining: 0, reset: .seconds(2)),
        Case("RateLimit-Policy: \"a\";q=100;w=60"),
        // Two fields in place of one.
        Case("RateLimit-Limit: 100, 100;w=60", "RateLimit-Remaining: 12", "RateLimit-Reset: 34", remaining: 12, reset: .seconds(34)),
        Case("X-RateLimit-Limit: 60", "X-RateLimit-Reset: 34", "X-RateLimit-Remaining: 12", remaining: 12, reset: .seconds(34)),
        Case("x-rate-limit-remaining: 12", "x-rate-limit-reset: 34", remaining: 12, reset: .seconds(34)), Case("X-RateLimit-Remaining: 12", remaining: 12),
        Case("X-RateLimit-Reset: 34"), Case("X-RateLimit-Limit: 34"),
        Case("X-RateLimit-Remaining: 5", "X-RateLimit-Remaining: 4", "X-RateLimit-Reset: 3", "X-RateLimit-Reset: 9", "X-RateLimit-Reset: 6", remaining: 4, reset: .seconds(9)),
        Case("RateLimit-Remaining: 5", "X-RateLimit-Remaining: 4", "X-Rate-Limit-Remaining: 3", "X-RateLimit-Reset: 3", remaining: 3),
        Case("RateLimit: \"a\";r=5;t=1", "X-RateLimit-Remaining: 4", "X-RateLimit-Reset: 3", remaining: 4, reset: .seconds(3)),
        // A point on the calendar, in seconds or milliseconds, with or without a fraction; or seconds from now.
        Case("X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1795521645", remaining: 0, reset: .seconds(45)),
        Case("X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1795521645123", remaining: 0, reset: .milliseconds(45_123)),
        Case("X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1795521645.25", remaining: 0, reset: .milliseconds(45_250)),
        Case("X-RateLimit-Remaining: 99.0", "X-RateLimit-Reset: 1.5", remaining: 99, reset: .milliseconds(1_500)), Case("X-RateLimit-Remaining: 0.9", remaining: 0),
        Case("X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1.0000000019", remaining: 0, reset: .nanoseconds(1_000_000_001)),
        Case("X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1795521599", remaining: 0, reset: .zero), Case("X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 1000000000", remaining: 0, reset: .zero),
        Case("X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 999999999", remaining: 0, reset: RetryAfter.longest),
        Case("X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 999999999999", remaining: 0, reset: RetryAfter.longest),
        Case("X-RateLimit-Remaining: 0", "X-RateLimit-Reset: 99999999999999999999999", remaining: 0, reset: RetryAfter.longest),
        Case("X-RateLimit-Remaining: 99999999999999999999999", remaining: .max),
    ]) func isRead(_ expected: Case) {
        let quota = Self.quota(expected.fields)
        #expect(quota?.remaining == expected.remaining, "\(expected.fields)")
        #expect(quota?.reset == expected.reset, "\(expected.fields)")
    }

    @Test(arguments: [
        "", "\"a", "\"a\\", "\"a\\x\";r=1", "\"a\";", "\"a\";r=1,", ",\"a\";r=1", "\"a\";r=1 \"b\"", "\"a\" ;r=1", "\"a\";r=", "\"a\";=1", "\"a\";r=1;t=\"x", "a b;r=1",
        "\"a\";r=-1", "\"a\";r=x", "\"a\";r", "\"a\";r=1e3", "\"a\";R=1", "\"a\"", "50", "remaining=", "remaining=x", "=5", "\"é\";r=1", "a;r=:MQ", "(\"a\" \"b\");r=1",
    ]) func whatIsMalformedIsIgnored(value: String) {
        #expect(Self.quota(["RateLimit: \(value)"]) == nil)
        #expect(Self.quota(["RateLimit: \(value)", "RateLimit: \"a\";r=5"]) == Quota(remaining: 5, reset: nil))
        #expect(Self.quota(["RateLimit-Policy: \(value)", "RateLimit: \"a\";r=5"]) == Quota(remaining: 5, reset: nil))
    }

    @Test(arguments: ["", "-1", "+1", "x", "1 2", "1,2", "1;w=1", "1.", ".5", "1.5.5", "1s", "0x1", "Tue, 24 Nov 2026 12:00:00 GMT"])
    func aNumberThatIsNoneIsIgnored(value: String) {
        for prefix in ["RateLimit", "X-RateLimit", "X-Rate-Limit"] {
            #expect(Self.quota(["\(prefix)-Remaining: \(value)"]) == nil)
            #expect(Self.quota(["\(prefix)-Remaining: 3", "\(prefix)-Remaining: \(value)", "\(prefix)-Reset: \(value)"]) == Quota(remaining: 3, reset: nil))
        }
    }

    @Test func otherFieldsAreNotTaken() {
        for name in ["RateLimi", "RateLimitX", "XateLimit", "Retry-After", "X-RateLimit-Remainin", "X-RateLimitsRemaining", "Rate-Limit", "X-Request-Id", "ZateLimit"] {
            #expect(Self.reader(["\(name): \"a\";r=0;t=5"]).quota == nil, "\(name)")
        }
    }

    @Test func interimHeadsAndTrailersAreNotHeard() {
        var reader = AnswerReader(keepsFields: true, isHead: false)
        for line in ["HTTP/1.1 103 X", "RateLimit: \"a\";r=0;t=5", "", "HTTP/1.1 200 X", "", "RateLimit: \"a\";r=0;t=5"] {
            _ = Array("\(line)\r\n".utf8).withUnsafeBytes { reader.read($0) }
        }
        #expect(reader.isComplete && reader.quota == nil)
    }

    @Test func boundsAreReached() {
        let many = (0..<QuotaFields.maximumItems).map { "\"\($0)\";r=\(100 - $0);t=1" }
        let least = 100 - QuotaFields.maximumItems + 1
        #expect(Self.quota(["RateLimit: " + many.joined(separator: ", ")]) == Quota(remaining: least, reset: .seconds(1)))
        #expect(Self.quota(["RateLimit: " + many.joined(separator: ", "), "RateLimit: \"x\";r=0"]) == Quota(remaining: least, reset: .seconds(1)))
        let policies = (0..<QuotaFields.maximumItems).map { "\"\($0)\";w=9" }.joined(separator: ", ")
        #expect(Self.quota(["RateLimit-Policy: " + policies, "RateLimit-Policy: \"x\";w=9", "RateLimit: \"x\";r=1"]) == Quota(remaining: 1, reset: nil))
        #expect(Self.quota(["RateLimit-Policy: " + policies, "RateLimit: \"0\";r=1"]) == Quota(remaining: 1, reset: .seconds(9)))
    }

    /// No bytes whatever may trap or hang.
    @Test func everyShortListIsRead() {
        let alphabet = Array("\"\\a;=,:r1 ".utf8)
        for code in 0..<100_000 {
            var rest = code
            let value = (0..<5).map { _ in
                defer { rest /= alphabet.count }
                return alphabet[rest % alphabet.count]
            }
            let members = value.withUnsafeBytes { StructuredList.read($0) }
            if members?.isEmpty == true { Issue.record("\(value)") }
        }
    }

    // MARK: In an attempt's outcome

    @Test func everyAnswerTellsItsQuota() async throws {
        for status in [200, 204, 301, 404, 429, 500] {
            for wantsAnswer in [true, false] {
                let server = try await ScriptedServer { _ in
                    [.send("HTTP/1.1 \(status) X\r\nContent-Length: 0\r\nRateLimit: \"a\";r=4;t=30\r\n\r\n")]
                }
                try await onStage(server) { stage async throws in
                    let story = try await stage.call("GET", wantsAnswer: wantsAnswer)
                    #expect(story.outcome?.quota == Quota(remaining: 4, reset: .seconds(30)))
                }
            }
        }
    }

    @Test func anAnswerThatBreaksOffTellsItToo() async throws {
        let server = try await ScriptedServer { _ in
            [.send("HTTP/1.1 200 X\r\nContent-Length: 9\r\nX-RateLimit-Remaining: 0\r\n\r\nab"), .close]
        }
        try await onStage(server) { stage async throws in
            let story = try await stage.call("GET")
            #expect(story.outcome?.errorClass == .reset)
            #expect(story.outcome?.quota == Quota(remaining: 0, reset: nil))
        }
    }
}
