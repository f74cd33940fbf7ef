import Exchange
import Testing

@testable import Policy

@Suite struct TraceStateTests {
    static func text(_ fields: [String], limit: Int = TraceState.limit) -> String {
        var state = TraceState()
        for var field in fields { field.withUTF8 { state.add(UnsafeRawBufferPointer($0)) } }
        return state.text(limit: limit)
    }

    @Test(arguments: [
        ([], ""), ([""], ""), ([" ,\t, "], ""), (["a=1"], "a=1"), (["a=1,b=2"], "a=1,b=2"), (["a=1", "b=2"], "a=1,b=2"),
        (["b=2", "a=1"], "b=2,a=1"), (["a=1 , \tb=2\t"], "a=1,b=2"), ([",,a=1,,", "", ",b=2"], "a=1,b=2"),
        // Spaces: those that lead a value are its own, those behind it are not.
        (["a= x"], "a= x"), (["a=x  ,b=y"], "a=x,b=y"), (["a=x y"], "a=x y"), (["a=\tx"], ""), (["a=x\ty"], ""), (["a = 1"], ""),
        // Of several members with one key the first is kept.
        (["a=1,a=2"], "a=1"), (["a=1", "b=2", "a=3,c=4"], "a=1,b=2,c=4"), (["a=1,a=1"], "a=1"), (["ab=1,a=2"], "ab=1,a=2"),
        // Keys.
        (["0=1"], "0=1"), (["a@b=1"], "a@b=1"), (["t1*/-_@v=1"], "t1*/-_@v=1"), (["a@=1"], "a@=1"), (["a@b@c=1"], "a@b@c=1"),
        (["@a=1"], ""), (["_a=1"], ""), (["A=1"], ""), (["aB=1"], ""), (["a.b=1"], ""), (["=1"], ""), (["a"], ""), (["\u{E9}=1"], ""),
        // One bad member and all of it goes, whatever stands before and behind, in this field or another.
        (["a=1,b"], ""), (["b,a=1"], ""), (["a=1", "B=2"], ""), (["B=2", "a=1"], ""), (["a=1,a=\u{7F}"], ""),
        // Values.
        (["a="], ""), (["a= "], ""), (["a==1"], ""), (["a=1=2"], ""), (["a=\u{E9}"], ""), (["a=!#$%&'()*+-./:;<>?@[]^_`{|}~"], "a=!#$%&'()*+-./:;<>?@[]^_`{|}~"),
    ] as [([String], String)])
    func lists(_ fields: [String], _ expected: String) {
        #expect(Self.text(fields) == expected)
    }

    /// Every byte in a key, first and later, and in a value, last and earlier.
    @Test func everyByte() {
        for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: ",") {
            let lower = (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
            let inKey = lower || Array("_-*/@".utf8).contains(byte)
            let inValue = (0x20...0x7E).contains(byte) && byte != UInt8(ascii: "=")
            expect([byte] + Array("x=1".utf8), lower || byte == 0x20 || byte == 0x09, "first of a key: \(byte)")
            expect(Array("x".utf8) + [byte] + Array("x=1".utf8), inKey, "in a key: \(byte)", unless: byte == UInt8(ascii: "="))
            expect(Array("x=".utf8) + [byte] + Array("x".utf8), inValue, "in a value: \(byte)")
            expect(Array("x=1".utf8) + [byte], inValue || byte == 0x09, "last of a value: \(byte)")
        }
    }

    private func expect(_ bytes: [UInt8], _ isValid: Bool, _ comment: Comment, unless isLetOff: Bool = false) {
        var state = TraceState()
        bytes.withUnsafeBytes { state.add($0) }
        if !isLetOff { #expect((state.text() != "") == isValid, comment) }
    }

    @Test func lengths() {
        let key = String(repeating: "k", count: 256)
        let value = String(repeating: "v", count: 256)
        #expect(Self.text(["\(key)=\(value)"]) == "\(key)=\(value)")
        #expect(Self.text(["\(key)k=\(value)"]) == "")
        #expect(Self.text(["\(key)=\(value)v"]) == "")
    }

    @Test func thirtyTwoMembers() {
        let members = (1...33).map { "k\($0)=\($0)" }
        #expect(Self.text([members[..<32].joined(separator: ",")]) == members[..<32].joined(separator: ","))
        #expect(Self.text(Array(members[..<32])) == members[..<32].joined(separator: ","))
        #expect(Self.text([members.joined(separator: ",")]) == "")
        #expect(Self.text(members) == "")
        // Empty ones are not counted, and one with a key that was there is.
        #expect(Self.text([members[..<32].joined(separator: ",,")]) == members[..<32].joined(separator: ","))
        #expect(Self.text(members[..<32] + ["k1=x"]) == "")
    }

    /// The longest that the grammar allows is within reach of a request, and is cut to the limit.
    @Test func theLongest() {
        let members = (10...41).map { "k\($0)" + String(repeating: "k", count: 253) + "=" + String(repeating: "v", count: 256) }
        let text = Self.text([members.joined(separator: ",")])
        #expect(members.joined(separator: ",").utf8.count == 16_447)
        #expect(text == members[..<15].joined(separator: ","))
        #expect(text.utf8.count <= TraceState.limit)
        #expect(TraceState.limit >= 512)
    }

    @Test func longMembersGoFirst() {
        let short = (1...10).map { "s\($0)=" + String(repeating: "x", count: 40) }
        let long = "l=" + String(repeating: "x", count: 127)
        let atMost = "m=" + String(repeating: "x", count: 126)
        let all = [short[0], long, short[1], atMost, long.replacing("l=", with: "n=")] + short[2...]
        let whole = all.joined(separator: ",").utf8.count
        #expect(Self.text([all.joined(separator: ",")], limit: whole) == all.joined(separator: ","))
        // One byte too many: the last of the long ones goes and no other.
        #expect(Self.text([all.joined(separator: ",")], limit: whole - 1) == (all[..<4] + all[5...]).joined(separator: ","))
        // Both long ones gone: then from the end, where a member of 128 is not long.
        let withoutLong = ([short[0], short[1], atMost] + short[2...]).joined(separator: ",")
        #expect(Self.text([all.joined(separator: ",")], limit: withoutLong.utf8.count) == withoutLong)
        #expect(Self.text([all.joined(separator: ",")], limit: withoutLong.utf8.count - 1) == String(withoutLong.dropLast(short[9].count + 1)))
        #expect(Self.text([long], limit: 10) == "")
        #expect(Self.text(["a=1"], limit: 0) == "")
    }

    /// Any list, any limit: whole members in their order, within the limit, and a long one only where no shorter one had to go.
    @Test(arguments: SeededGenerator.seeds)
    func cutting(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<300 {
            let members = (0..<Int.random(in: 1...32, using: &generator)).map { place in
                "k\(place)=" + String(repeating: "v", count: Int.random(in: 1...200, using: &generator))
            }
            let limit = Int.random(in: 0...3000, using: &generator)
            let text = Self.text([members.joined(separator: ",")], limit: limit)
            let kept = text.split(separator: ",").map(String.init)
            #expect(text.utf8.count <= limit)
            #expect(kept == members.filter { kept.contains($0) })
            let gone = members.filter { !kept.contains($0) }
            if gone.contains(where: { $0.utf8.count <= 128 }) { #expect(kept.allSatisfy { $0.utf8.count <= 128 }) }
            if members.joined(separator: ",").utf8.count <= limit { #expect(gone.isEmpty) }
        }
    }
}
