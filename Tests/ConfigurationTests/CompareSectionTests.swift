import Exchange
import Testing

@testable import Configuration

@Suite struct CompareSectionTests {
    private func route(_ compare: String, _ keys: String = "respond: inventory") -> String {
        twoUpstreams + "routes:\n  - { name: r, match: { path: /** }, \(keys), compare: \(compare) }\n"
    }

    private func found(_ compare: String, _ keys: String = "respond: inventory") -> [String] {
        errors(route(compare, keys)).map { "\($0.keyPath.replacing("routes[0].compare", with: "")): \($0.message)" }
    }

    @Test func everyKey() throws {
        let compare = """
            { sample: 0.5, max_body: 1KiB, status: false, headers: [ETag], body: json, ignore: [/a, "/b/*/c~1d"], tolerance: 0.1, \
            sets: [/t], noise: 0 }
            """
        var expected = AgreementSettings()
        (expected.sample, expected.maxBody, expected.status, expected.headers) = (0.5, 1024, false, ["ETag"])
        (expected.ignore, expected.tolerance, expected.sets, expected.noise) = (["/a", "/b/*/c~1d"], 0.1, ["/t"], 0)
        #expect(try checked(route(compare)).settings.routes[0].compare == expected)
    }

    @Test(arguments: [("true", true), ("{}", true), ("false", false)])
    func aFlagIsEnough(_ compare: String, _ compares: Bool) throws {
        #expect(try checked(route(compare)).settings.routes[0].compare == (compares ? AgreementSettings() : nil))
    }

    @Test(arguments: [
        ("yes", ": expected a block such as { sample"), ("[1]", ": expected a block"), ("~", ": has no value"), ("{ sampel: 1 }", ".sampel: unknown key"),
        ("{ sample: 0 }", ".sample: must be above 0"), ("{ sample: 2 }", ".sample: must be from 0 to 1"), ("{ max_body: 2MiB }", ".max_body: must be from 1 to 1MiB"),
        ("{ headers: Content-Type }", ".headers: expected a list"), ("{ headers: [\"a b\"] }", ".headers[0]: a header's name is"),
        ("{ body: xml }", ".body: expected one of json, bytes, none"), ("{ ignore: [timestamp] }", ".ignore[0]: a JSON pointer begins with '/'"),
        ("{ ignore: [\"\"] }", ".ignore[0]: a JSON pointer begins with '/'"), ("{ sets: [\"/a~2\"] }", ".sets[0]: a JSON pointer begins with '/'"),
        ("{ tolerance: -1 }", ".tolerance: expected a number from 0 to 1"), ("{ noise: 1.5 }", ".noise: must be from 0 to 1"),
        ("{ status: false, headers: [], body: none }", ": nothing is left to compare"),
    ])
    func refuses(_ compare: String, _ message: String) {
        #expect(found(compare).count == 1 && found(compare).first?.hasPrefix(message) == true, "\(found(compare))")
    }

    @Test func listsAreBounded() {
        let many = "[" + (0...100).map { "/a\($0)" }.joined(separator: ", ") + "]"
        #expect(found("{ ignore: \(many) }") == [".ignore: there are 101 in the list, at most 100 are possible"])
    }

    @Test(arguments: [
        ("respond: accepted", "no primary answers its calls"), ("respond: inventory, durable: true", "its mirrors answer from the spool"),
        ("respond: inventory, to: [inventory]", "no mirror to compare with"),
    ])
    func needsAPrimaryAndAMirrorInMemory(_ keys: String, _ why: String) {
        #expect(found("true", keys).count == 1 && found("true", keys).first?.contains(why) == true, "\(found("true", keys))")
        #expect(found("false", keys).isEmpty)
    }

    @Test func whatSaysNothingIsDoubted() {
        #expect(warnings(route("{ body: bytes, ignore: [/a], tolerance: 0.1 }")).map(\.code) == [.doubtful, .doubtful])
    }

    @Test func theReportShowsIt() throws {
        #expect(try checked(route("true")).report.json.contains("\"compare\":{\"sample\":1.0,\"max_body\":\"64KiB\""))
        #expect(try !checked(route("false")).report.json.contains("compare"))
    }
}
