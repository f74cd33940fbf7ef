import Exchange
import Testing

@testable import Configuration

/// The full configuration, broken in every place in every way: each time there is a finding where it was broken, or none
/// where nothing is wrong, and never a crash.
@Suite struct FuzzTests {
    private struct Line {
        var number: Int
        var indent: Int
        var key: String
        var value: String
        var prefix: String
        /// How many of the following lines are its own.
        var children: Int
    }

    private let texts = fullConfiguration.split(separator: "\n").map(String.init)
    private let directory: Directory

    init() throws { directory = try fullDirectory() }

    private var lines: [Line] {
        texts.enumerated().map { index, text in
            let indent = text.prefix { $0 == " " || $0 == "-" }
            let parts = text.dropFirst(indent.count).split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            let children = texts[(index + 1)...].prefix { $0.prefix { $0 == " " || $0 == "-" }.count > indent.count }.count
            // The first key of a list's item: its siblings are no children of its own.
            return Line(
                number: index + 1, indent: indent.count, key: String(parts[0]), value: parts[1].drop { $0 == " " }.description,
                prefix: String(indent),
                children: children)
        }
    }

    private func read(_ texts: [String]) -> Result<Checked, ConfigurationErrors> {
        let text = texts.joined(separator: "\n") + "\n"
        return ConfigurationReader(environment: fullEnvironment).read(text: text, file: "\(directory.path)/pantograph.yaml")
    }

    private func failures(_ texts: [String]) -> [Finding] {
        guard case .failure(let failure) = read(texts) else { return [] }
        return failure.errors
    }

    /// Names that the user chooses.
    private let free: Set = ["inventory", "shipping", "archive", "X-Source", "X-Reason", "x-key"]

    @Test func theFullConfigurationIsSound() throws {
        #expect(failures(texts).isEmpty)
        #expect(lines.count > 80)
    }

    @Test func everyMisspeltKeyIsFound() {
        for line in lines where !free.contains(line.key) {
            for misspelt in [line.key + "x", String(line.key.dropLast()), String(line.key.prefix(1)) + line.key, "x"]
            where misspelt != line.key && !misspelt.isEmpty {
                var changed = texts
                changed[line.number - 1] = "\(line.prefix)\(misspelt): \(line.value)"
                let found = failures(changed).first {
                    $0.line == line.number && ($0.code == .unknownKey || $0.code == .duplicateKey)
                }
                #expect(found != nil, "\(changed[line.number - 1]): \(failures(changed))")
                guard misspelt.count > 3, found?.code == .unknownKey else { continue }
                #expect(found?.hint == "did you mean '\(line.key)'?", "\(changed[line.number - 1])")
            }
        }
    }

    @Test func everyWrongTypeIsFound() {
        let texts = self.texts
        for line in lines {
            for wrong in ["{ a: { b: c } }", "[[1]]", "~", "", "\"\\0\""] {
                var changed = texts
                changed.replaceSubrange(
                    line.number - 1..<line.number + line.children, with: ["\(line.prefix)\(line.key): \(wrong)"])
                let found = failures(changed)
                #expect(!found.isEmpty, "\(line.key): \(wrong)")
                #expect(
                    found.contains { $0.line == line.number } || line.children > 0 && !found.isEmpty,
                    "\(line.key): \(wrong): \(found)")
            }
        }
    }

    @Test func everyMissingKeyIsFoundWhereItIsNeeded() {
        let needed: Set = [
            "upstreams", "url", "name", "match", "path", "respond", "env", "file", "bearer", "basic", "header", "user", "password",
            "value", "inventory",
            "shipping", "archive", "sample", "parentbased_ratio", "credentials", "X-Source", "ca_file", "x-key",
            "rate", "method", "X-Reason",
        ]
        for line in lines {
            var changed = texts
            let isItem = line.prefix.contains("-")
            changed.removeSubrange(line.number - 1..<line.number + (isItem ? 0 : line.children))
            if isItem { changed[line.number - 1] = line.prefix + changed[line.number - 1].drop { $0 == " " } }
            let found = failures(changed)
            #expect(found.isEmpty || needed.contains(line.key), "\(line.number) \(line.key): \(found)")
            for finding in found {
                #expect((1...changed.count).contains(finding.line ?? 0), "\(finding)")
            }
            // The spool's path has a default.
            if ["url", "name", "match", "path", "respond", "upstreams", "user", "password", "value", "env", "file"].contains(
                line.key), !isItem, !(line.key == "path" && line.indent == 2)
            {
                #expect(!found.isEmpty, "\(line.number) \(line.key)")
            }
        }
    }

    /// Bytes flipped, cut and doubled at random: whatever comes, it ends, and says no secret.
    @Test(arguments: 1...400)
    func randomDamageNeverCrashes(_ seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var bytes = Array(fullConfiguration.utf8)
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            let alphabet = Array("{}[]:,-*&!|>'\"%@`#?~ \n\t\0$a0\u{FF}".utf8)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[place] = alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(alphabet[Int.random(in: 0..<alphabet.count, using: &generator)], at: place)
            default: bytes.replaceSubrange(place..<min(bytes.count, place + 20), with: bytes[max(0, place - 20)..<place])
            }
        }
        let text = String(decoding: bytes, as: UTF8.self)
        let result = ConfigurationReader(environment: fullEnvironment).read(text: text, file: "\(directory.path)/pantograph.yaml")
        #expect(!result.described.json.contains("hunter2"), "seed \(seed)")
        if case .failure(let failure) = result {
            #expect((1...ConfigurationErrors.bound).contains(failure.errors.count), "seed \(seed)")
        }
    }
}
