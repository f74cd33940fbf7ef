import Testing

@testable import Policy

@Suite struct JSONTextTests {
    private func find(_ pointer: String, in document: String) -> String? {
        JSONPointer(pointer).flatMap { JSONText(document.utf8).value(at: $0) }.map { String(decoding: $0, as: UTF8.self) }
    }

    /// The document of RFC 6901, 5, and some more.
    private static let document = """
        { "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\\\j": 5, "k\\"l": 6, " ": 7, "m~n": 8,
          "deep": {"er": [[], {}, {"x": [ 1.50e+3 , -0 ]}]}, "n": null, "t": true, "f": false, "u\\u00e9\\ud83d\\ude00": "\\u00e9\\n",
          "twice": 1, "twice": 2 }
        """

    @Test(arguments: [
        ("/foo", "[\"bar\", \"baz\"]"), ("/foo/0", "\"bar\""), ("/foo/1", "\"baz\""), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"), ("/e^f", "3"),
        ("/g|h", "4"), ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"), ("/deep/er/2/x/0", "1.50e+3"), ("/deep/er/2/x/1", "-0"),
        ("/deep/er/0", "[]"), ("/deep/er/1", "{}"), ("/deep/er/2", "{\"x\": [ 1.50e+3 , -0 ]}"), ("/n", "null"), ("/t", "true"), ("/f", "false"),
        ("/ué😀", "\"\\u00e9\\n\""), ("/twice", "1"),
    ]) func isFoundAsItStands(pointer: String, value: String) {
        #expect(find(pointer, in: Self.document) == value)
    }

    @Test(arguments: [
        "/fo", "/foo/2", "/foo/-", "/foo/01", "/foo/+1", "/foo/", "/foo/0/0", "/foo/99999999999999999999", "/deep/er/x", "/t/0", "/deep/er/0/0", "/a/b",
    ]) func isNotThere(pointer: String) {
        #expect(find(pointer, in: Self.document) == nil)
    }

    @Test(arguments: ["", "foo", "foo/bar", "/~", "/~2", "/a~", "/~01~", "x/"]) func isNoPointer(text: String) {
        #expect(JSONPointer(text) == nil)
    }

    @Test func escapesOfPointersAreUndoneInOneGo() {
        #expect(JSONPointer("/~01/~10/~0~1")?.tokens == [Array("~1".utf8), Array("/0".utf8), Array("~/".utf8)])
    }

    @Test(arguments: [
        "", " ", "1", "\"x\"", "null", "[1]", "{", "{\"x\"", "{\"x\":", "{\"x\":1", "{\"x\":tru", "{\"x\":truex}", "{\"x\":\"a", "{\"x\":\"a\\", "{\"x\":\"a\\q\"}",
        "{\"x\":\"\\u12g4\"}", "{\"x\":\"\u{1}\"}", "{\"x\":01}", "{\"x\":1.}", "{\"x\":.5}", "{\"x\":1e}", "{\"x\":-}", "{\"x\":+1}", "{\"x\":1a}", "{\"x\" 1}", "{x:1}",
        "{,\"x\":1}", "{\"y\":1 \"x\":1}", "{\"y\":1,,\"x\":1}", "{\"y\":[1,],\"x\":1}", "{\"y\":{\"a\":1,},\"x\":1}", "{\"y\":}", "{\"x\":NaN}", "{'x':1}", "{\"x\":[1}", "\u{FEFF}{\"x\":1}",
    ]) func isNotRead(document: String) {
        #expect(find("/x", in: document) == nil)
    }

    /// However a document is cut, what is found is what the whole has there, and it is found from where it stands whole.
    @Test func aDocumentThatIsCut() {
        let document = Self.document
        let bytes = Array(document.utf8)
        for pointer in ["/foo/1", "/a~1b", "/deep/er/2/x/0", "/deep", "/t", "/ué😀", "/twice"] {
            let whole = find(pointer, in: document)
            var isFound = false
            for length in 0...bytes.count {
                let found = JSONPointer(pointer).flatMap { JSONText(bytes[..<length]).value(at: $0) }.map { String(decoding: $0, as: UTF8.self) }
                #expect(found == nil || found == whole, "\(pointer) at \(length)")
                #expect(found != nil || !isFound, "\(pointer) at \(length)")
                isFound = isFound || found != nil
            }
            #expect(isFound)
        }
    }

    @Test func boundsAreReached() {
        func nested(_ depth: Int) -> String { "{\"y\":" + String(repeating: "[", count: depth) + String(repeating: "]", count: depth) + ",\"x\":1}" }
        #expect(find("/x", in: nested(JSONText.depthLimit - 1)) == "1")
        #expect(find("/x", in: nested(JSONText.depthLimit)) == nil)
        #expect(find("/x", in: nested(1_000_000)) == nil)
        func long(_ length: Int) -> String { "{\"y\":\"" + String(repeating: "a", count: length - 15) + "\",\"x\":12}" }
        #expect(long(100).utf8.count == 100)
        #expect(find("/x", in: long(JSONText.sizeLimit)) == "12")
        #expect(find("/x", in: long(JSONText.sizeLimit + 1)) == nil)
    }

    @Test(arguments: [
        ("\"\"", ""), ("\"a\"", "a"), ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\u{8}\u{C}\n\r\t"), ("\"\\u0041\\u00e9\"", "Aé"), ("\"x\\ud83d\\uDE00y\"", "x😀y"),
        ("\"\\ud83d\"", "\u{FFFD}"), ("\"\\ude00a\"", "\u{FFFD}a"), ("\"\\ud83dx\\ude00\"", "\u{FFFD}x\u{FFFD}"), ("\"é😀\"", "é😀"),
    ]) func theTextOfAString(string: String, text: String) {
        #expect(String(decoding: JSONText.unescaped(Array(string.utf8)[...]), as: UTF8.self) == text)
    }

    @Test func everyByteIsEscapedAndComesBack() {
        let text = (0..<0x80).map { UInt8($0) } + Array("é😀".utf8)
        let content = JSONText.escaped(text)
        #expect(content.allSatisfy { $0 >= 0x20 })
        #expect(JSONText.unescaped(([0x22] + content + [0x22])[...]) == text)
        #expect(find("/x", in: "{\"x\":\"\(String(decoding: content, as: UTF8.self))\"}") != nil)
    }

    /// No bytes whatever may trap or hang.
    @Test func everyShortDocumentIsRead() {
        let alphabet = Array("{}[]\":,\\x1-.eu ".utf8)
        let pointers = ["/x", "/0", "/x/x", "/"].compactMap { JSONPointer($0) }
        let count = alphabet.count * alphabet.count * alphabet.count
        for prefix in ["", "{\"x\":", "[", "{\"x\":{\"x\":"] {
            for code in 0..<count {
                var rest = code
                let document = Array(prefix.utf8) + (0..<3).map { _ in
                    defer { rest /= alphabet.count }
                    return alphabet[rest % alphabet.count]
                }
                for pointer in pointers {
                    guard let value = JSONText(document).value(at: pointer) else { continue }
                    if value.isEmpty { Issue.record("\(document)") }
                }
            }
        }
    }
}
