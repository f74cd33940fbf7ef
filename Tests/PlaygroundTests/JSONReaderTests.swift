import Foundation
import Testing

@testable import Playground

@Suite("JSON reader")
struct JSONReaderTests {
    private func read<Value>(_ text: String, _ body: (inout JSONReader) throws(JSONReader.Fault) -> Value) throws -> Value {
        try Array(text.utf8).withUnsafeBytes { bytes in
            var reader = JSONReader(bytes)
            let value = try body(&reader)
            try reader.end()
            return value
        }
    }

    @Test("strings with every escape", arguments: [
        (#""""#, ""), (#""plain ä€😀""#, "plain ä€😀"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e4\u20AC""#, "ä€"),
        (#""\ud83d\ude00""#, "😀"), (#""\ud83d""#, "\u{FFFD}"), (#""\ud83d\u0041""#, "\u{FFFD}A"), (#""a\\""#, "a\\"),
    ])
    func strings(text: String, value: String) throws {
        #expect(try read(text) { reader throws(JSONReader.Fault) in try reader.string() } == value)
    }

    @Test("whole numbers, quoted or not", arguments: [("0", 0), (" 42 ", 42), (#""1700000000000000000""#, 1_700_000_000_000_000_000), (#""18446744073709551615""#, UInt64.max)])
    func integers(text: String, value: UInt64) throws {
        #expect(try read(text) { reader throws(JSONReader.Fault) in try reader.integer() } == value)
    }

    @Test("what is no whole number", arguments: ["", "-1", "1.5", "1e3", #""""#, #""1"#, "true", "18446744073709551616", "--1"])
    func noIntegers(text: String) {
        #expect(throws: JSONReader.Fault.self) { try read(text) { reader throws(JSONReader.Fault) in try reader.integer() } }
    }

    @Test("texts of values that are none", arguments: [(#""a""#, "a"), ("12", "12"), ("-1.5e3", "-1.5e3"), ("true", "true"), ("false", "false")])
    func texts(text: String, value: String) throws {
        #expect(try read(text) { reader throws(JSONReader.Fault) in try reader.text() } == value)
    }

    @Test("values without a text are skipped", arguments: ["null", "{}", "[]", #"{"a":[1,{"b":null}]}"#])
    func noTexts(text: String) throws {
        #expect(try read(text) { reader throws(JSONReader.Fault) in try reader.text() } == nil)
    }

    @Test("what JSONSerialization reads is read, and what it refuses is refused", arguments: [
        "{}", "[]", "[1]", "[1,2]", #"{"a":1}"#, #"{"a":{"b":[true,false,null,"x",-1.5e+3]}}"#, " [ 1 , 2 ] ", "\t{\r\n\"a\" : 1}",
        "", "{", "}", "[", "]", "[1", "[1,", "[,1]", "[1 2]", "{1:2}", #"{"a"}"#, #"{"a":}"#, #"{"a":1"#, #"{"a":1,"#, #"{"a" 1}"#, "tru", "nul",
        "[]]", "{}{}", "\"", "\"a", "\"a\\", "[\"a\\\"]", "-", "[.]", "[+]", "[e]",
    ])
    func agrees(text: String) {
        let isSound = (try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)) != nil
        let isRead = (try? read(text) { reader throws(JSONReader.Fault) in try reader.skip() }) != nil
        #expect(isRead == isSound)
    }

    @Test("every beginning of a document is refused without a trap")
    func beginnings() {
        let text = #"{"a":[1,"\u00e4\n",{"b":null,"c":"x"}],"d":-1.5}"#
        for length in 0..<text.utf8.count {
            let part = String(decoding: Array(text.utf8.prefix(length)), as: UTF8.self)
            #expect(throws: JSONReader.Fault.self) { try read(part) { reader throws(JSONReader.Fault) in try reader.skip() } }
        }
    }

    @Test("depth is bounded")
    func depth() throws {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        try read(nested(JSONReader.depthBound)) { reader throws(JSONReader.Fault) in try reader.skip() }
        #expect(throws: JSONReader.Fault.self) {
            try read(nested(JSONReader.depthBound + 1)) { reader throws(JSONReader.Fault) in try reader.skip() }
        }
    }
}
