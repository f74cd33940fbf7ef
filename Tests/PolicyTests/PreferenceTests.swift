import Exchange
import Policy
import Testing

@Suite struct PreferenceTests {
    struct Case: Sendable {
        var fields: [String]
        var respondAsync = false
        var wait: Int?
        var applied: String?
    }

    private static func preference(_ fields: [String]) -> Preference {
        var headers = Headers()
        for field in fields { headers.append("pReFeR", field) }
        return Preference(headers)
    }

    @Test(arguments: [
        Case(fields: []), Case(fields: [""]), Case(fields: [" , ,"]), Case(fields: ["return=minimal"]),
        Case(fields: ["respond-async"], respondAsync: true, applied: "respond-async"),
        Case(fields: ["Respond-ASYNC"], respondAsync: true, applied: "respond-async"),
        Case(fields: ["wait=10"], wait: 10, applied: "wait=10"),
        Case(fields: ["WAIT = 10"], wait: 10, applied: "wait=10"),
        Case(fields: ["wait=\"10\""], wait: 10, applied: "wait=10"),
        Case(fields: ["wait=\"1\\0\""], wait: 10, applied: "wait=10"),
        Case(fields: ["wait=0"], wait: 0, applied: "wait=0"),
        Case(fields: ["wait=007"], wait: 7, applied: "wait=7"),
        Case(fields: ["respond-async, wait=10"], respondAsync: true, wait: 10, applied: "respond-async, wait=10"),
        Case(fields: ["wait=10 ,\trespond-async"], respondAsync: true, wait: 10, applied: "respond-async, wait=10"),
        Case(fields: ["respond-async", "wait=10"], respondAsync: true, wait: 10, applied: "respond-async, wait=10"),
        Case(fields: ["return=representation, handling=lenient", "respond-async"], respondAsync: true, applied: "respond-async"),
        // Cut to the longest.
        Case(fields: ["wait=60"], wait: 60, applied: "wait=60"), Case(fields: ["wait=61"], wait: 60, applied: "wait=60"),
        Case(fields: ["wait=99999999999999999999999999999"], wait: 60, applied: "wait=60"),
        // Parameters are passed over, with all that quotes may hold.
        Case(fields: ["respond-async; x; y=1 ; z=\"a, wait=9; \\\" wait=8\" , wait=5"], respondAsync: true, wait: 5, applied: "respond-async, wait=5"),
        Case(fields: ["respond-async;, wait=5;"], respondAsync: true, wait: 5, applied: "respond-async, wait=5"),
        Case(fields: ["foo=\"wait=3, respond-async\", wait=4"], wait: 4, applied: "wait=4"),
        Case(fields: ["x;wait=3"]),
        // An empty value is no value.
        Case(fields: ["respond-async=\"\""], respondAsync: true, applied: "respond-async"), Case(fields: ["respond-async="], respondAsync: true, applied: "respond-async"),
        Case(fields: ["wait"]), Case(fields: ["wait="]), Case(fields: ["wait=\"\""]),
        // The first counts, also where it makes no sense.
        Case(fields: ["wait=1, wait=2"], wait: 1, applied: "wait=1"), Case(fields: ["wait=3", "wait=4"], wait: 3, applied: "wait=3"),
        Case(fields: ["wait=soon, wait=2"]), Case(fields: ["respond-async=no, respond-async"]),
        Case(fields: ["wait=-1"]), Case(fields: ["wait=1.5"]), Case(fields: ["wait=\"1 0\""]),
        // What breaks the grammar is as though it were not there.
        Case(fields: ["wait=1 2, wait=3"], wait: 3, applied: "wait=3"), Case(fields: ["=1, wait=3"], wait: 3, applied: "wait=3"),
        Case(fields: ["wait=(1), wait=3"], wait: 3, applied: "wait=3"), Case(fields: ["wait;=2, wait=3"], wait: 3, applied: "wait=3"),
        Case(fields: ["respond async, respond-async"], respondAsync: true, applied: "respond-async"),
        Case(fields: ["(\"a, wait=1\"), wait=2"], wait: 2, applied: "wait=2"),
        Case(fields: ["wait=\"3, respond-async"]), Case(fields: ["x=\"\\", "wait=3"], wait: 3, applied: "wait=3"),
    ]) func isRead(_ expected: Case) {
        let preference = Self.preference(expected.fields)
        #expect(preference.respondAsync == expected.respondAsync)
        #expect(preference.wait == expected.wait.map { .seconds($0) })
        #expect(preference.applied == expected.applied)
    }

    @Test func theLongestWait() { #expect(Preference.longestWait == .seconds(60)) }

    /// No field whatever may trap or hang: every short one over an alphabet of troublesome bytes.
    @Test func everyShortFieldIsRead() {
        let alphabet = Array(" ,;=\"\\wä".utf8)
        for length in 0...5 {
            var code = Array(repeating: 0, count: length)
            repeat {
                let field = code.map { alphabet[$0] }
                var headers = Headers()
                Array("prefer".utf8).withUnsafeBytes { name in field.withUnsafeBytes { headers.append(name: name, value: $0) } }
                let preference = Preference(headers)
                if preference.respondAsync || preference.wait != nil { Issue.record("\(field)") }
                var place = 0
                while place < length {
                    code[place] = (code[place] + 1) % alphabet.count
                    if code[place] != 0 { break }
                    place += 1
                }
                if place == length { break }
            } while true
        }
    }
}
