import Exchange
import Policy
import Testing

@Suite struct BaggageTests {
    /// What is to be sent in place of the application's fields; nil where they pass.
    private func replacement(_ fields: [String], on: Bool = true) -> String? {
        var headers = Headers()
        for field in fields { headers.append("Baggage", field) }
        var generator = SeededGenerator(seed: 1)
        return Propagation(sampler: .alwaysOn, traceContext: true, baggage: on).begin(headers, using: &generator).baggage
    }

    private func members(_ count: Int) -> [String] { (0..<count).map { "k\($0)=v" } }

    @Test(arguments: [[], [""], ["a=1"], ["a=1;p=x , b=2"], ["a=1", "b=2"], [",,,"], ["not baggage at all"], ["\u{E9}"]] as [[String]])
    func whatPassesAsItIs(_ fields: [String]) {
        #expect(replacement(fields) == nil)
    }

    @Test func sixtyFourMembers() {
        #expect(replacement([members(64).joined(separator: ",")]) == nil)
        #expect(replacement(members(64)) == nil)
        #expect(replacement([members(65).joined(separator: ",")]) == members(64).joined(separator: ","))
        #expect(replacement(members(65)) == members(64).joined(separator: ","))
        #expect(replacement([members(200).joined(separator: " , ")]) == members(64).joined(separator: " , ").trimmingSuffix(" "))
        // Empty members are none.
        #expect(replacement([members(64).joined(separator: ",,,") + ",, ,"]) == nil)
    }

    @Test func eightThousandBytes() {
        let most = "k=" + String(repeating: "v", count: 8190)
        #expect(replacement([most]) == nil)
        #expect(replacement([most + "v"]) == "")
        #expect(replacement(["a=1", most]) == "a=1")
        let half = String(repeating: "v", count: 4093)
        #expect(replacement(["a=\(half)1,b=\(half)"]) == nil)
        #expect(replacement(["a=\(half)1,b=\(half)1"]) == "a=\(half)1")
        #expect(replacement(["a=\(half)1", "b=\(half)1"]) == "a=\(half)1")
        #expect(replacement(["a=1" + String(repeating: " ", count: 9000)]) == "a=1" + String(repeating: " ", count: 0))
    }

    @Test func whereItIsNotPropagated() {
        #expect(replacement([members(65).joined(separator: ",")], on: false) == nil)
    }

    /// Any list: a beginning of it, in whole members, within both bounds, and no shorter than need be.
    @Test(arguments: SeededGenerator.seeds)
    func cutting(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<100 {
            let all = (0..<Int.random(in: 1...90, using: &generator)).map { place in
                "k\(place)=" + String(repeating: "v", count: Int.random(in: 1...200, using: &generator))
            }
            let text = replacement([all.joined(separator: ",")]) ?? all.joined(separator: ",")
            let kept = text.split(separator: ",").count
            #expect(text == all[..<kept].joined(separator: ","))
            #expect(kept <= 64 && text.utf8.count <= 8192)
            if kept < all.count { #expect(kept == 64 || text.utf8.count + 1 + all[kept].utf8.count > 8192) }
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: Character) -> String {
        var text = self
        while text.last == suffix { text.removeLast() }
        return text
    }
}
