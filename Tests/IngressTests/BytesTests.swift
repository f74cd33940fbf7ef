import Exchange
import Testing

@testable import Ingress

@Suite struct BytesTests {
    private static let alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

    @Test func everyByteIsInTheClassesThatTheGrammarNames() {
        let token = Set("!#$%&'*+-.^_`|~\(Self.alphanumeric)".utf8)
        let name = Set("-._~!$&'()*+,;=\(Self.alphanumeric)".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(Token.contains(byte) == token.contains(byte), "token \(byte)")
            #expect(Bytes.isRegisteredName(byte) == name.contains(byte), "reg-name \(byte)")
            #expect(Bytes.isVisible(byte) == (0x21...0x7E).contains(byte), "visible \(byte)")
            #expect(Bytes.isFieldValue(byte) == (byte == 9 || (byte >= 32 && byte != 127)), "field value \(byte)")
            #expect(Bytes.isDigit(byte) == (48...57).contains(byte), "digit \(byte)")
            #expect(Bytes.hexadecimal(byte).map(Int.init) == Character(UnicodeScalar(byte)).hexDigitValue, "hex \(byte)")
        }
    }

    @Test func plainTextEndsBeforeAnyByteThatIsNot() {
        for byte in UInt8.min...UInt8.max {
            for (length, place) in [(1, 0), (8, 0), (8, 7), (21, 3), (21, 15), (21, 20)] {
                for filler: UInt8 in [0x20, 0x41, 0xFF] {
                    var bytes = [UInt8](repeating: filler, count: length)
                    bytes[place] = byte
                    let rest = bytes.withUnsafeBytes { Array(Bytes.behindPlainText($0)) }
                    #expect(bytes.suffix(rest.count) == rest[...])
                    let isPlain = byte >= 0x20 && byte != 0x7F
                    if isPlain ? rest.count >= 8 : !rest.contains(byte) { Issue.record("\(byte) at \(place) of \(length)") }
                }
            }
        }
    }

    @Test(arguments: [("", ""), (" ", ""), (" \t a \t", "a"), ("a b", "a b"), ("\ta", "a"), ("a ", "a")])
    func blanksGoFromBothEnds(text: String, expected: String) {
        let trimmed = Array(text.utf8).withUnsafeBytes { Array(Bytes.trimmed($0)) }
        #expect(trimmed == Array(expected.utf8))
    }

    @Test(arguments: [("a", ["a"]), ("a,b", ["a", "b"]), (" a , ,b", ["a", "", "b"]), ("", [""]), (",", ["", ""])])
    func listsComeApartAtCommas(text: String, expected: [String]) {
        var elements: [String] = []
        Array(text.utf8).withUnsafeBytes { Bytes.forEachElement(of: $0) { elements.append(String(decoding: $0, as: UTF8.self)) } }
        #expect(elements == expected)
    }
}
