import Exchange
import Policy
import Testing

/// The cases of the W3C's own conformance suite for Trace Context (w3c/trace-context, `test/test.py`, strictness 2, levels 1
/// and 2), each put as fields that come in and fields that go out to an upstream.
@Suite struct W3CTraceContextTests {
    private static let traceID = "12345678901234567890123456789012"
    private static let parentID = "1234567890123456"
    private static let sampled = "00-\(traceID)-\(parentID)-01"
    private static let unsampled = "00-\(traceID)-\(parentID)-00"

    /// What one attempt sends to an upstream.
    private struct Sent {
        let traceID: String
        let parentID: String
        let flags: UInt8
        /// nil where no `tracestate` is sent.
        let state: String?
    }

    /// Sends so many attempts for one request with these fields.
    private func send(_ fields: [(String, String)], attempts: Int = 1) throws -> [Sent] {
        var generator = SystemRandomNumberGenerator()
        var headers = Headers()
        for (name, value) in fields { headers.append(name, value) }
        let request = RequestHead(method: "POST", target: "/", headers: headers, bodyLength: .none)
        let propagation = Propagation(sampler: .parentBased(root: .alwaysOn), traceContext: true, baggage: true)
        let exchange = propagation.begin(request.headers, using: &generator)
        let upstream = UpstreamSettings(name: "a", url: BaseURL(scheme: "http", host: "a", port: 80, pathPrefix: ""))
        let fields = OutgoingHeaders(upstream, via: Via(instance: 1))
        return try (0..<attempts).map { _ in
            let headers = fields.make(
                for: request, role: .primary, credentials: nil, trace: exchange.trace.child(using: &generator),
                baggage: exchange.baggage, idempotencyKey: nil)
            return try read(headers)
        }
    }

    private func read(_ headers: Headers) throws -> Sent {
        let parents = headers.values("traceparent")
        #expect(parents.count == 1)
        let parts = try #require(parents.first).split(separator: "-", omittingEmptySubsequences: false).map(String.init)
        try #require(parts.count == 4)
        #expect(parts.map(\.utf8.count) == [2, 32, 16, 2])
        #expect(parts[0] == "00")
        #expect(parts.joined().utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        #expect(parts[1].contains { $0 != "0" } && parts[2].contains { $0 != "0" })
        let states = headers.values("tracestate")
        #expect(states.count <= 1 && states.first != "")
        return Sent(traceID: parts[1], parentID: parts[2], flags: try #require(UInt8(parts[3], radix: 16)), state: states.first)
    }

    private func sendOne(_ fields: (String, String)...) throws -> Sent { try #require(try send(fields).first) }

    /// The trace goes on below a new parent id.
    private func expectContinued(_ parent: String, named name: String = "traceparent") throws {
        let sent = try sendOne((name, parent))
        #expect(sent.traceID == Self.traceID, "\(parent)")
        #expect(sent.parentID != Self.parentID, "\(parent)")
    }

    private func expectRestarted(_ parent: String, named name: String = "traceparent") throws {
        let sent = try sendOne((name, parent), ("tracestate", "foo=1"))
        #expect(sent.traceID != Self.traceID, "\(parent)")
        #expect(!parent.contains(sent.traceID), "\(parent)")
        #expect(sent.state == nil, "\(parent)")
    }

    // MARK: traceparent

    @Test func neitherFieldComes() throws {
        let sent = try sendOne()
        #expect(sent.flags == 3 && sent.state == nil)
    }

    @Test func traceparentAlone() throws { try expectContinued(Self.sampled) }

    @Test func twoTraceparents() throws {
        let other = "00-12345678901234567890123456789011-1234567890123456-01"
        let sent = try sendOne(("traceparent", other), ("traceparent", Self.sampled))
        #expect(sent.traceID != Self.traceID && !other.contains(sent.traceID))
        let twice = try sendOne(("traceparent", Self.sampled), ("tracestate", "foo=1"), ("TraceParent", Self.sampled))
        #expect(twice.traceID != Self.traceID && twice.state == nil)
    }

    @Test(arguments: ["trace-parent", "trace.parent"])
    func otherNames(_ name: String) throws { try expectRestarted(Self.sampled, named: name) }

    @Test(arguments: ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"])
    func theNameInAnyCase(_ name: String) throws { try expectContinued(Self.sampled, named: name) }

    @Test(arguments: [".", "-what-the-future-will-be-like"])
    func version00EndsAfterItsFlags(_ rest: String) throws { try expectRestarted(Self.sampled + rest) }

    @Test func aLaterVersion() throws {
        let later = "cc" + Self.sampled.dropFirst(2)
        try expectContinued(later)
        try expectContinued(later + "-what-the-future-will-be-like")
        try expectRestarted(later + ".what-the-future-will-be-like")
    }

    @Test(arguments: ["ff", ".0", "0.", "000", "0000", "0", ""])
    func versionsThatAreNone(_ version: String) throws { try expectRestarted(version + Self.sampled.dropFirst(2)) }

    @Test(arguments: [
        "00000000000000000000000000000000", ".2345678901234567890123456789012", "1234567890123456789012345678901.",
        "123456789012345678901234567890123", "1234567890123456789012345678901", "1234567890123456789012345678901A",
    ])
    func traceIDsThatAreNone(_ id: String) throws { try expectRestarted("00-\(id)-\(Self.parentID)-01") }

    @Test(arguments: ["0000000000000000", ".234567890123456", "123456789012345.", "12345678901234567", "123456789012345", "123456789012345A"])
    func parentIDsThatAreNone(_ id: String) throws { try expectRestarted("00-\(Self.traceID)-\(id)-01") }

    @Test(arguments: [".0", "0.", "001", "1", "", "0A"])
    func flagsThatAreNone(_ flags: String) throws { try expectRestarted("00-\(Self.traceID)-\(Self.parentID)-\(flags)") }

    @Test(arguments: [" ", "\t", "\t "])
    func whiteSpaceAroundTraceparent(_ space: String) throws {
        try expectContinued(space + Self.sampled)
        try expectContinued(Self.sampled + space)
        try expectContinued(space + Self.sampled + " \t")
    }

    // MARK: tracestate

    @Test func tracestateWithoutTraceparent() throws {
        #expect(try sendOne(("tracestate", "foo=1")).state == nil)
        #expect(try sendOne(("tracestate", "foo=1,bar=2")).state == nil)
    }

    private func state(_ fields: String..., named name: String = "tracestate") throws -> String? {
        let sent = try #require(try send([("traceparent", Self.unsampled)] + fields.map { (name, $0) }).first)
        #expect(sent.traceID == Self.traceID && sent.parentID != Self.parentID && sent.flags == 0)
        return sent.state
    }

    @Test func bothFields() throws { #expect(try state("foo=1,bar=2") == "foo=1,bar=2") }

    @Test(arguments: ["trace-state", "trace.state"])
    func otherNamesOfState(_ name: String) throws { #expect(try state("foo=1", named: name) == nil) }

    @Test(arguments: ["TraceState", "TrAcEsTaTe", "TRACESTATE"])
    func theNameOfStateInAnyCase(_ name: String) throws { #expect(try state("foo=1", named: name) == "foo=1") }

    @Test func emptyState() throws {
        #expect(try state("") == nil)
        #expect(try state("foo=1", "") == "foo=1")
        #expect(try state("", "foo=1") == "foo=1")
    }

    @Test func severalFieldsAreOneList() throws {
        #expect(try state("foo=1,bar=2", "rojo=1,congo=2", "baz=3") == "foo=1,bar=2,rojo=1,congo=2,baz=3")
    }

    /// The suite wants one of them at least to go on, so that the list as a whole is not lost.
    @Test func oneKeyTwice() throws {
        #expect(try state("foo=1,foo=1") == "foo=1")
        #expect(try state("foo=1,foo=2") == "foo=1")
        #expect(try state("foo=1", "foo=1") == "foo=1")
        #expect(try state("foo=1", "foo=2") == "foo=1")
    }

    @Test func allAllowedCharacters() throws {
        let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/"
        let value = String(decoding: (0x20...0x7E).filter { $0 != 0x2C && $0 != 0x3D }, as: UTF8.self)
        #expect(try state("\(key)=\(value)") == "\(key)=\(value)")
        #expect(try state("\(key)@a-z0-9_-*/=\(value)") == "\(key)@a-z0-9_-*/=\(value)")
    }

    @Test(arguments: ["foo=1 \t , \t bar=2, \t baz=3", "foo=1\t \t,\t \tbar=2,\t \tbaz=3"])
    func whiteSpaceBetweenMembers(_ list: String) throws { #expect(try state(list) == "foo=1,bar=2,baz=3") }

    @Test(arguments: [" foo=1", "\tfoo=1", "foo=1 ", "foo=1\t", "\t foo=1 \t"])
    func whiteSpaceAroundState(_ list: String) throws { #expect(try state(list) == "foo=1") }

    @Test(arguments: ["foo =1", "FOO=1", "foo.bar=1", "@foo=1,bar=2", "foo=bar=baz", "foo=,bar=3"])
    func membersThatAreNone(_ list: String) throws { #expect(try state(list) == nil) }

    @Test(arguments: ["foo@=1,bar=2", "foo@@bar=1,bar=2", "foo@bar@baz=1,bar=2"])
    func atSignsInKeys(_ list: String) throws { #expect(try state(list) == list) }

    @Test func thirtyTwoMembersAndNoMore() throws {
        let tens = [1...10, 11...20, 21...30].map { list(of: $0) }
        #expect(try state(tens[0], tens[1], tens[2], list(of: 31...32)) == list(of: 1...32))
        #expect(try state(tens[0], tens[1], tens[2], list(of: 31...33)) == nil)
    }

    private func list(of numbers: ClosedRange<Int>) -> String {
        numbers.map { number in
            let digits = (number < 10 ? "0" : "") + String(number)
            return "bar\(digits)=\(digits)"
        }.joined(separator: ",")
    }

    @Test func lengthsOfKeys() throws {
        func letters(_ letter: String, _ count: Int) -> String { String(repeating: letter, count: count) }
        for key in [letters("z", 256), letters("t", 241) + "@" + letters("v", 14), letters("t", 242) + "@v", "t@" + letters("v", 15)] {
            #expect(try state("foo=1", "\(key)=1") == "foo=1,\(key)=1")
        }
        #expect(try state("foo=1", letters("z", 257) + "=1") == nil)
    }

    // MARK: Several calls for one request, and Level 2

    @Test(arguments: [[("traceparent", sampled)], [], [("traceparent", "00-00000000000000000000000000000000-\(parentID)-01")]])
    func eachAttemptHasItsOwnParentID(_ fields: [(String, String)]) throws {
        let sent = try send(fields, attempts: 3)
        #expect(Set(sent.map(\.parentID)).count == 3)
        #expect(Set(sent.map(\.traceID)).count == 1)
        #expect(!sent.map(\.parentID).contains(Self.parentID))
        if fields.first?.1 == Self.sampled { #expect(sent[0].traceID == Self.traceID) }
        #expect(sent[0].traceID != String(repeating: "0", count: 32))
    }

    /// The random flag stays as it came, set or not, beside any other flag.
    @Test func theRandomFlag() throws {
        for flags in UInt8.min...UInt8.max {
            let digits = String(Int(flags) + 256, radix: 16).dropFirst()
            let sent = try sendOne(("traceparent", "\(Self.unsampled.dropLast(2))\(digits)"))
            #expect(sent.traceID == Self.traceID && sent.flags == flags & 3)
        }
    }
}
