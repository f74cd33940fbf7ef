import Exchange
import Testing

@testable import Policy

@Suite struct AnswerComparisonTests {
    private func compare(_ one: WholeAnswer, _ other: WholeAnswer, noise: [String] = [], _ change: (inout AgreementSettings) -> Void = { _ in }) -> Agreement? {
        var settings = AgreementSettings()
        change(&settings)
        return AnswerComparison(settings).compare(one, other, noise: noise)
    }

    @Test func theFirstDifferenceOfStatusHeadersAndBodyCounts() {
        let one = answer("{}"), other = answer("{\"a\":1}", status: 201, ["content-type": "text/json"])
        #expect(compare(one, other)?.result == .status)
        #expect(compare(one, other)?.differences == [Difference(path: "status", primary: "200", mirror: "201")])
        #expect(compare(one, other) { $0.status = false }?.result == .headers)
        #expect(compare(one, other) { ($0.status, $0.headers) = (false, []) }?.result == .body)
        #expect(compare(one, other) { ($0.status, $0.headers, $0.body) = (false, [], .none) } == .match)
    }

    @Test func chosenHeadersAreComparedValueByValue() {
        let one = answer("{}", ["X-A": "1", "X-B": "2", "X-B": "3"]), other = answer("{}", ["x-a": "1", "x-b": "2"])
        #expect(compare(one, other) { $0.headers = ["x-A"] } == .match)
        let found = compare(one, other) { $0.headers = ["X-A", "X-B", "X-C"] }
        #expect(found?.differences == [Difference(path: "header x-b", primary: "2, 3", mirror: "2")])
        #expect(compare(one, other, noise: ["header x-b"]) { $0.headers = ["X-B"] } == .match)
        let missing = compare(answer("{}", [:]), other) { $0.headers = ["X-A"] }
        #expect(missing?.differences == [Difference(path: "header x-a", primary: nil, mirror: "1")])
    }

    @Test func bodiesThatAreNotJSONAreComparedByteByByteAndNotShown() throws {
        let difference = try #require(compare(answer("secret one"), answer("secret two!"))?.differences.first)
        #expect(difference.path == "body")
        #expect(difference.primary == "10 bytes, another from byte 7 on" && difference.mirror == "11 bytes, another from byte 7 on")
        #expect(compare(answer("a b"), answer("a b")) == .match)
        #expect(compare(answer("{}"), answer("{ }")) == .match)
        #expect(compare(answer("{}"), answer("{ }")) { $0.body = .bytes }?.result == .body)
    }

    @Test(arguments: ["password", "newPassword", "api_key", "X-Api-Key", "access_token", "Set-Cookie", "client_secret", "sig", "AWSAccessKeyId", "privateKey"])
    func whatSensitiveNamesHoldIsNotShown(_ name: String) throws {
        let found = try #require(compared("{\"\(name)\":{\"x\":\"hush\"}}", "{\"\(name)\":{\"x\":\"hush!\"}}"))
        let whole = try #require(compared("{\"u\":{\"\(name)\":\"hush\",\"n\":1}}", "{}"))
        for difference in found.differences + whole.differences {
            #expect(difference.primary?.contains("hush") == false, "\(difference)")
            #expect(difference.mirror?.contains("hush") != true, "\(difference)")
        }
        #expect(whole.differences.first?.primary == "{\"\(name)\":\"REDACTED\",\"n\":1}")
        let header = compare(answer("{}", [name: "hush"]), answer("{}", [:])) { $0.headers = [name] }
        #expect(header?.differences.first?.primary == "REDACTED")
    }

    @Test func signedURLsAreShownWithoutTheirSignature() {
        let found = compared("{\"u\":\"https://a.example/x?sig=hush&y=1\"}", "{\"u\":1}")
        #expect(found?.differences.first?.primary == "\"https://a.example/x?sig=REDACTED&y=1\"")
    }

    @Test(arguments: ["a", "é", "😀", "\\n", "\\u0000"])
    func whatIsShownIsCut(_ character: String) throws {
        let found = try #require(compared("{\"a\":\"\(String(repeating: character, count: 10_000))\"}", "{\"a\":[\(Array(repeating: "1", count: 5000).joined(separator: ","))]}"))
        for text in [found.differences[0].primary, found.differences[0].mirror] {
            let text = try #require(text)
            #expect(text.utf8.count <= JSONValue.shownBytes && text.utf8.count > JSONValue.shownBytes - 5 && text.hasSuffix("…"))
            #expect(!text.contains("\u{FFFD}"))
        }
    }

    @Test func whatTheConfigurationNamesIsNotShown() throws {
        let redaction = Redaction(keys: ["api_key"], headers: ["X-Customer"])
        var settings = AgreementSettings()
        settings.headers = ["x-customer", "Location"]
        let comparison = AnswerComparison(settings, redaction: redaction)
        let one = answer("{}", ["X-Customer": "hush1", "Location": "/a?API_KEY=hush2&b=1"])
        let headers = try #require(comparison.compare(one, answer("{}", [:]))?.differences)
        #expect(headers.map(\.primary) == ["REDACTED", "/a?API_KEY=REDACTED&b=1"])
        let bodies = try #require(comparison.compare(answer("{\"u\":\"/a?api_key=hush\"}"), answer("{\"u\":[\"/b?api_key=hush\"]}"))?.differences)
        #expect(bodies.map(\.primary) == ["\"/a?api_key=REDACTED\""] && bodies.map(\.mirror) == ["[\"/b?api_key=REDACTED\"]"])
    }
}
