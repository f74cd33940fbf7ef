import Exchange
import Testing

@Suite struct HeadersTests {
    @Test func orderCaseAndRepeats() {
        let headers = Headers(["B": "1", "a": "2", "A": "3", "": "", "Empty": ""])
        #expect(headers.pairs == [["B", "1"], ["a", "2"], ["A", "3"], ["", ""], ["Empty", ""]])
        #expect(headers.count == 5 && !headers.isEmpty && headers.byteCount == 11)
        #expect(headers.first("A") == "2" && headers.first("a") == "2" && headers.first("EMPTY") == "" && headers.first("c") == nil)
        #expect(headers.values("a") == ["2", "3"] && headers.values("c") == [])
        #expect(headers.contains("b") && !headers.contains("bb"))
        #expect(headers.description == "B: 1\na: 2\nA: 3\n: \nEmpty: ")
    }

    @Test func none() {
        let headers = Headers()
        #expect(headers.isEmpty && headers.count == 0 && headers.byteCount == 0 && headers.pairs == [])
        #expect(headers.first("a") == nil && headers == Headers([:]))
        var copy = headers
        copy.append(from: headers) { _, _ in true }
        copy.remove("a")
        #expect(copy.isEmpty)
    }

    @Test func namesAreTheSameInAnyCaseOfLettersAlone() {
        for one in UInt8.min...UInt8.max {
            for other in UInt8.min..<0x80 {
                let name = String(decoding: [other], as: UTF8.self)
                let isLetter = (0x41...0x5A).contains(other) || (0x61...0x7A).contains(other)
                let expected = one == other || (isLetter && one == other ^ 0x20)
                let equal = [one].withUnsafeBytes { Headers.equal($0, name) }
                if equal != expected { Issue.record("\(one) \(other)") }
            }
        }
    }

    @Test func setAndRemove() {
        var headers = Headers(["a": "1", "b": "2", "A": "3", "c": "4"])
        headers.set("A", "5")
        #expect(headers.pairs == [["b", "2"], ["c", "4"], ["A", "5"]])
        headers.remove("B")
        headers.remove("absent")
        #expect(headers.pairs == [["c", "4"], ["A", "5"]])
        headers.remove { _ in true }
        #expect(headers.isEmpty && headers.byteCount == 0)
        headers.append("d", "6")
        #expect(headers.pairs == [["d", "6"]])
    }

    @Test func aFieldThatCannotStandInAHeadIsToldUntilItIsGone() {
        #expect(Headers().isSound && Headers(["a": "", "b-c!": "1 2\t3"]).isSound && raw([0xFF]).isSound)
        #expect(!Headers(["": "1"]).isSound && !Headers(["a b": "1"]).isSound && !Headers(["a:": "1"]).isSound)
        for byte: UInt8 in [0x0D, 0x0A, 0x00] {
            var headers = raw([0x31, byte])
            #expect(!headers.isSound)
            headers.append("b", "1")
            var copy = Headers()
            copy.append(headers)
            #expect(!headers.isSound && !copy.isSound)
            headers.remove("a")
            #expect(headers.isSound && headers.pairs == [["b", "1"]])
        }
    }

    @Test func equalityIsByteForByte() {
        #expect(Headers(["a": "1"]) != Headers(["A": "1"]))
        #expect(Headers(["a": "1"]) != Headers(["a": "1", "b": "2"]))
        #expect(Headers(["ab": "c"]) != Headers(["a": "bc"]))
        #expect(Headers(["a": "\u{E9}"]) != Headers(["a": "e\u{301}"]))
        #expect(raw([0xFF]) != raw([0xFE]))
        #expect(raw([0xFF]) == raw([0xFF]))
        var cut = Headers(["x": "0", "a": "1"])
        cut.remove("x")
        #expect(cut == Headers(["a": "1"]))
    }

    private func raw(_ value: [UInt8]) -> Headers {
        var headers = Headers()
        [UInt8(ascii: "a")].withUnsafeBytes { name in value.withUnsafeBytes { headers.append(name: name, value: $0) } }
        return headers
    }

    @Test func bytesThatAreNoTextStay() {
        var seen: [UInt8] = []
        raw([0xFF, 0x00, 0xC3]).forEach { _, value in seen = Array(value) }
        #expect(seen == [0xFF, 0x00, 0xC3])
        #expect(raw([0xFF]).first("a") == "\u{FFFD}")
    }

    @Test func aCopyIsItsOwn() {
        let first = Headers(["a": "1"])
        var second = first
        second.set("a", "2")
        #expect(first.pairs == [["a", "1"]] && second.pairs == [["a", "2"]])
    }

    /// Any order of writing against an array of pairs.
    @Test(arguments: SeededGenerator.seeds)
    func anyOrderOfWriting(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let names = ["a", "A", "bb", "Bb", "content-type", ""]
        var headers = Headers()
        var model: [[String]] = []
        for step in 0..<2_000 {
            let name = names[Int.random(in: 0..<names.count, using: &generator)]
            switch Int.random(in: 0..<8, using: &generator) {
            case 0...3:
                headers.append(name, "v\(step)")
                model.append([name, "v\(step)"])
            case 4:
                headers.remove(name)
                model.removeAll { $0[0].lowercased() == name.lowercased() }
            case 5:
                headers.set(name, "s\(step)")
                model = model.filter { $0[0].lowercased() != name.lowercased() } + [[name, "s\(step)"]]
            case 6:
                let parity = step % 2
                let other = headers
                headers.append(from: other) { _, value in value.count % 2 == parity }
                model += model.filter { $0[1].utf8.count % 2 == parity }
            default:
                var other = Headers(["first": "1"])
                other.append(from: headers) { $0.count + $1.count > 4 }
                headers = other
                model = [["first", "1"]] + model.filter { $0[0].utf8.count + $0[1].utf8.count > 4 }
            }
            if model.count > 60 { (headers, model) = (Headers(), []) }
            #expect(headers.pairs == model)
            #expect(headers.values("a") == model.filter { $0[0].lowercased() == "a" }.map { $0[1] })
        }
    }
}

@Suite struct RepeatedTextTests {
    @Test func isEveryTimeWhatTheBytesSay() {
        var texts = RepeatedText()
        let long = String(repeating: "an application of a long name ", count: 5)
        for text in ["", "curl/8.0", "curl/8.0", "curl/8.1", long, long, "", "é", "e", long + "x", "a\u{0}b", "a\u{0}c"] {
            #expect(Array(text.utf8).withUnsafeBytes { texts.text($0) } == text)
        }
        for bytes: [UInt8] in [[0xFF], [0xFF, 0x41], [0xEF, 0xBF, 0xBD], [0xFF], []] {
            #expect(bytes.withUnsafeBytes { texts.text($0) } == String(decoding: bytes, as: UTF8.self))
        }
    }

    @Test func theFirstFieldOfAName() {
        var texts = RepeatedText()
        let headers = Headers(["Host": "a", "USER-AGENT": "one", "user-agent": "two", "hosts": "b"])
        for _ in 0..<2 { #expect(headers.first(literal: "user-agent", &texts) == "one") }
        #expect(headers.first(literal: "host", &texts) == "a")
        #expect(headers.first(literal: "accept", &texts) == nil)
        #expect(Headers().first(literal: "host", &texts) == nil)
    }
}
