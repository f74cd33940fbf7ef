import Exchange
import Policy
import Testing

@Suite struct IdempotencyKeysTests {
    private func read(_ fields: String...) -> IdempotencyKeys.Reading {
        var headers = Headers(["Other": "x"])
        for field in fields { headers.append("idempotency-KEY", field) }
        return IdempotencyKeys.read(headers, field: "Idempotency-Key")
    }

    @Test(arguments: [
        ("\"8e03978e-40d5-43e8-bc93-6894a57f9324\"", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
        ("8e03978e-40d5-43e8-bc93-6894a57f9324", "8e03978e-40d5-43e8-bc93-6894a57f9324"), ("\"a b\"", "a b"), (" \t\"k\" ", "k"),
        ("\"a\\\"b\\\\c\"", "a\"b\\c"), ("\"k\";a=1", "k"), ("\"k\" ; a", "k"), ("YWJj/+==", "YWJj/+=="), ("a:b.c_d~e", "a:b.c_d~e"), ("\"a,b;c\"", "a,b;c"),
    ])
    func keys(_ field: String, _ key: String) {
        #expect(read(field) == .key(key))
    }

    @Test(arguments: [
        "", " ", "\"\"", "\"", "\"a", "a\"", "\"a\"b", "\"a\\\"", "\"a\\b\"", "\"a\\", "a b", "a,b", "a;b=1", "a\\b", "\u{E9}", "\"\u{E9}\"", "\"a\u{7F}\"",
        "\"a\tb\"", "a\tb", "\"a\", \"b\"", "'a b'",
    ])
    func noKeys(_ field: String) {
        #expect(read(field) == .malformed)
    }

    @Test func absentAndSeveral() {
        #expect(read() == .absent)
        #expect(read("a", "a") == .malformed)
        #expect(read("\"a\"", "b") == .malformed)
        #expect(read("a", "b", "c") == .malformed)
    }

    @Test func longestKey() {
        let longest = String(repeating: "k", count: 255)
        #expect(read(longest) == .key(longest))
        #expect(read("\"\(longest)\"") == .key(longest))
        #expect(read("\"\(longest)k\"") == .malformed)
        #expect(read(longest + "k") == .malformed)
        #expect(read("\"" + String(repeating: "\\\\", count: 255) + "\"") == .key(String(repeating: "\\", count: 255)))
    }

    @Test func aKeyMadeHereIsReadAgain() {
        let id = ExchangeID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0001)
        #expect(IdempotencyKeys.make(for: id) == "\"01900000-0000-7000-8000-000000000001\"")
        #expect(read(IdempotencyKeys.make(for: id)) == .key(id.description))
    }
}
