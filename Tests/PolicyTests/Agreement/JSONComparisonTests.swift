import Exchange
import Testing

@testable import Policy

@Suite struct JSONComparisonTests {
    @Test(arguments: [
        ("{}", "{}"), ("{\"a\":1,\"b\":2}", "{ \"b\" : 2, \"a\" : 1 }"), ("[1,2]", " [ 1 , 2 ] "), ("\"\\u0061\"", "\"a\""), ("1", "1.0"),
        ("100", "1e2"), ("0.1", "0.10"), ("-0", "0"), ("null", "null\n"), ("{\"a\":1}", "{\"a\":1,\"a\":2}"),
        ("12345678901234567890123", "12345678901234567890123"), ("1e999", "1e999"), ("\"\\/\"", "\"/\""),
    ])
    func theSame(_ one: String, _ other: String) {
        #expect(differing(one, other) == [])
        #expect(differing(other, one) == [])
    }

    @Test(arguments: [
        ("{\"a\":1}", "{\"a\":2}", ["/a"]), ("{\"a\":1}", "{}", ["/a"]), ("{\"a\":null}", "{}", ["/a"]), ("{\"a\":{\"b\":[1,2]}}", "{\"a\":{\"b\":[1,3]}}", ["/a/b/*"]),
        ("[1,2]", "[1]", ["/*"]), ("[[1],[2]]", "[[1],[3]]", ["/*/*"]), ("{\"a\":1}", "[1]", ["body"]), ("1", "\"1\"", ["body"]), ("true", "false", ["body"]),
        ("{\"a/b\":1,\"c~d\":2}", "{}", ["/a~1b", "/c~0d"]), ("{\"a\":[{\"id\":1},{\"id\":2}]}", "{\"a\":[{\"id\":3},{\"id\":4}]}", ["/a/*/id"]),
        ("9007199254740993", "9007199254740992", ["body"]), ("1e999", "2e999", ["body"]), ("1", "1.0000001", ["body"]), ("\"a\"", "\"A\"", ["body"]),
        ("{\"\":1}", "{\"\":2}", ["/"]), ("[1,2]", "[2,1]", ["/*"]),
    ])
    func differs(_ one: String, _ other: String, _ paths: [String]) {
        #expect(differing(one, other) == paths)
        #expect(differing(other, one)?.sorted() == paths.sorted())
    }

    @Test(arguments: [
        (["/a"], []), (["/b"], ["/a/*/x", "/a/*/y"]), (["/a/*/x"], ["/a/*/y"]), (["/a/0/x"], ["/a/*/x", "/a/*/y"]), (["/a/0"], ["/a/*/x", "/a/*/y"]),
        (["/*"], []), (["/*/*/*"], []), (["/a/*/x", "/a/*/y"], []), (["/a/0", "/a/1"], []), (["/a/*/x/z"], ["/a/*/x", "/a/*/y"]),
    ])
    func ignoredPathsDoNotCount(_ ignore: [String], _ rest: [String]) {
        let one = "{\"a\":[{\"x\":1,\"y\":2},{\"x\":1,\"y\":2}]}", other = "{\"a\":[{\"x\":3,\"y\":4},{\"x\":3,\"y\":4}]}"
        #expect(differing(one, other, ignore: ignore)?.sorted() == rest)
        #expect(differing(one, other, noise: ignore)?.sorted() == rest)
    }

    @Test func whatIsMissingCanBeIgnoredToo() {
        #expect(differing("{\"a\":1,\"t\":5}", "{\"a\":1}", ignore: ["/t"]) == [])
    }

    @Test(arguments: [
        ("100", "100.1", 0.001, true), ("100", "100.2", 0.001, false), ("-100", "-100.1", 0.001, true), ("-1", "1", 0.5, false), ("0", "0.0001", 0.5, false),
        ("0", "0.0", 0, true), ("1e308", "1.1e308", 0.2, true), ("1", "2", 0.5, true), ("5", "\"5\"", 1, false),
    ])
    func numbersWithinATolerance(_ one: String, _ other: String, _ tolerance: Double, _ agree: Bool) {
        #expect(differing(one, other, tolerance: tolerance)?.isEmpty == agree)
        #expect(differing(other, one, tolerance: tolerance)?.isEmpty == agree)
    }

    @Test(arguments: [
        ("[1,2,3]", "[3,1,2]", true), ("[1,1,2]", "[1,2,2]", false), ("[1,2]", "[1,2,2]", false), ("[]", "[]", true), ("[]", "[1]", false),
        ("[{\"a\":1},{\"a\":2}]", "[{\"a\":2},{\"a\":1}]", true), ("[[1,2],[3]]", "[[3],[2,1]]", false), ("[\"a\",1,null]", "[null,\"a\",1.0]", true),
    ])
    func setsHaveNoOrder(_ one: String, _ other: String, _ agree: Bool) {
        #expect(differing("{\"t\":\(one)}", "{\"t\":\(other)}", sets: ["/t"]) == (agree ? [] : ["/t"]))
    }

    @Test func setsHeedWhatIsIgnoredAndTheTolerance() {
        let one = "{\"t\":[{\"id\":1,\"v\":10},{\"id\":2,\"v\":20}]}", other = "{\"t\":[{\"id\":8,\"v\":20.001},{\"id\":9,\"v\":10}]}"
        #expect(differing(one, other, ignore: ["/t/*/id"], sets: ["/t"], tolerance: 0.001) == [])
        #expect(differing(one, other, sets: ["/t"], tolerance: 0.001) == ["/t"])
        #expect(differing("{\"t\":[[1,2],[3]]}", "{\"t\":[[3],[2,1]]}", sets: ["/t", "/t/*"]) == [])
    }

    @Test func aSetThatTakesTooMuchWorkIsNotDecided() {
        let numbers = (0..<5000).map { String($0) }
        let (one, other) = ("[[\(numbers.joined(separator: ","))]]", "[[\(numbers.reversed().joined(separator: ","))]]")
        #expect(compared(one, other, sets: ["/0"]) == nil)
        #expect(compared(one, one + " ", sets: ["/0"])?.result == .match)
    }

    @Test func differencesAreBounded() {
        func document(_ value: Int) -> String { "{" + (0..<100).map { "\"k\($0)\":\(value)" }.joined(separator: ",") + "}" }
        #expect(differing(document(1), document(2))?.count == AnswerComparison.shownDifferences)
    }

    @Test func whatIsNestedTooDeepIsComparedByteByByte() {
        func nested(_ depth: Int, _ inner: String) -> String { String(repeating: "[", count: depth) + inner + String(repeating: "]", count: depth) }
        let limit = JSONText.depthLimit
        #expect(differing(nested(limit, "1"), nested(limit, " 1")) == [])
        #expect(differing(nested(limit + 1, "1"), nested(limit + 1, " 1")) == ["body"])
        #expect(differing(nested(100_000, "1"), nested(100_000, "2")) == ["body"])
    }

    @Test(arguments: ["", "{", "[1,]", "{\"a\":}", "nul", "1 2", "[1]x", "\"a", "{a:1}", "01", "+1", "1.", "\u{FEFF}1"])
    func whatIsNotJSONIsNoTree(_ text: String) { #expect(JSONValue(Array(text.utf8)) == nil) }

    /// A document agrees with itself however it is written, and one changed leaf is found where it is.
    @Test(arguments: [UInt64.random(in: 0...UInt64.max), 1, 2])
    func oneChangedLeafIsFound(seed: UInt64) throws {
        print("seed \(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<200 {
            var (leaves, number) = (0, 0)
            let shape = Shape.random(depth: 4, &leaves, using: &random)
            let changed = Int.random(in: 0..<leaves, using: &random)
            let one = shape.text(&number, changed: nil)
            number = 0
            let other = shape.text(&number, changed: changed)
            #expect(differing(one, " " + one) == [])
            let paths = try #require(differing(one, other))
            #expect(paths.count == 1, "\(one) \(other)")
            #expect(differing(one, other, noise: paths.filter { $0 != "body" }) == (paths == ["body"] ? paths : []))
        }
    }
}

/// A random document whose leaves are numbers.
private indirect enum Shape {
    case leaf
    case array([Shape])
    case object([Shape])

    static func random(depth: Int, _ leaves: inout Int, using random: inout SeededGenerator) -> Shape {
        guard depth > 0, Int.random(in: 0..<5, using: &random) > 0 else {
            leaves += 1
            return .leaf
        }
        var parts: [Shape] = []
        for _ in 0..<Int.random(in: 1...4, using: &random) { parts.append(Shape.random(depth: depth - 1, &leaves, using: &random)) }
        return Bool.random(using: &random) ? .array(parts) : .object(parts)
    }

    func text(_ number: inout Int, changed: Int?) -> String {
        switch self {
        case .leaf:
            defer { number += 1 }
            return number == changed ? "\"changed\"" : String(number)
        case .array(let parts):
            return "[" + parts.map { $0.text(&number, changed: changed) }.joined(separator: ",") + "]"
        case .object(let parts):
            return "{" + parts.enumerated().map { "\"m\($0)\":" + $1.text(&number, changed: changed) }.joined(separator: ", ") + "}"
        }
    }
}
