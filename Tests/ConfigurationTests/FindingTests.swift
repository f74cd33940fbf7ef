import Testing

@testable import Configuration

@Suite struct FindingTests {
    /// What is wrong, and the first finding in full: place, path, message and hint.
    @Test(arguments: [
        ("lisen: 127.0.0.1:1\n", "4:1: lisen: unknown key", "did you mean 'listen'?"),
        ("limits: { bodies: 1MiB, headers: { byte: 1 } }\n", "4:36: limits.headers.byte: unknown key", "did you mean 'bytes'?"),
        (
            "limits: { headers: { whatever: 1 } }\n", "4:22: limits.headers.whatever: unknown key", "known here: bytes, count"
        ),
        ("drain: soon\n", "4:8: drain: expected a duration such as 250ms, 2s or 5m, found 'soon'", nil),
        ("drain: 2h\n", "4:8: drain: must be from 0s to 1h, found '2h'", nil),
        ("drain: [1s]\n", "4:1: drain: expected a duration such as 250ms, 2s or 5m, found a list", nil),
        ("drain:\n", "4:1: drain: has no value", "write a duration such as 250ms, 2s or 5m, or leave the key out"),
        ("drain: ~\n", "4:1: drain: has no value", "write a duration such as 250ms, 2s or 5m, or leave the key out"),
        ("threads: many\n", "4:10: threads: expected a whole number, found 'many'", nil),
        ("threads: 1000\n", "4:10: threads: must be from 0 to 256, found '1000'", nil),
        ("limits: 3\n", "4:9: limits: expected a block of keys, found a text", nil),
        ("limits: { body: big }\n", "4:17: limits.body: expected a size such as 64KiB or 1MiB, found 'big'", nil),
        ("allow_remote: yes\n", "4:15: allow_remote: expected true or false, found 'yes'", nil),
        (
            "telemetry: { log: { level: inof } }\n",
            "4:28: telemetry.log.level: expected one of debug, info, warning, error, found 'inof'", "did you mean 'info'?"
        ),
        (
            "spool: { pathh: ./spool }\n", "4:10: spool.pathh: unknown key", "did you mean 'path'?"
        ),
        ("drain: ${NOPE}\n", "4:8: drain: the environment variable NOPE is not set", "set it, or give a default: ${NOPE:-default}"),
        ("routes: []\n", "4:1: routes: there is no route in the list", "leave 'routes' out for one that takes every path"),
    ])
    func says(_ line: String, _ description: String, _ hint: String?) {
        let found = errors(twoUpstreams + line).first { $0.description.hasSuffix(description) }
        #expect(found?.description == "test.yaml:" + description, "\(errors(twoUpstreams + line).map(\.description))")
        #expect(found?.hint == hint)
    }

    @Test func everythingIsSaidAtOnceInTheOrderOfTheFile() {
        let text = """
            listen: nowhere
            upstreams:
              a: { url: ftp://a, timeot: { total: 1s } }
              b: { timeout: { total: 1 } }
            routes:
              - { name: r, match: { path: x }, respond: c }
            drain: never
            """
        let found = errors(text)
        #expect(found.compactMap(\.line) == [1, 3, 3, 4, 4, 6, 6, 7])
        #expect(
            found.map(\.keyPath) == [
                "listen", "upstreams.a.url", "upstreams.a.timeot", "upstreams.b", "upstreams.b.timeout.total",
                "routes[0].match.path",
                "routes[0].respond", "drain",
            ])
    }

    @Test func errorsAreBoundedAndCounted() {
        let keys = (0..<5000).map { "unknown\($0): 1\n" }.joined()
        guard case .failure(let failure) = reading(twoUpstreams + keys) else {
            Issue.record("it was read")
            return
        }
        #expect(failure.errors.count == ConfigurationErrors.bound)
        #expect(failure.omitted == 5000 - ConfigurationErrors.bound)
        #expect(failure.errors.first?.line == 4)
    }

    @Test func longValuesAreCut() {
        let found = errors(twoUpstreams + "drain: \(String(repeating: "x", count: 10_000))\n")
        #expect(found.first.map { $0.message.count < 150 } == true)
    }

    @Test func controlCharactersAreWrittenOut() {
        let found = errors(twoUpstreams + "drain: \"a\\e[31m\\nb\\u2028\"\n\"key\\n\": 1\n")
        #expect(found.map(\.message).first?.hasSuffix("found 'a\\u{1b}[31m\\u{a}b\\u{2028}'") == true, "\(found)")
        #expect(found.map(\.keyPath) == ["drain", "key\\u{a}"])
        #expect(Printable.text("ä\t\u{202E}") == "ä\\u{9}\\u{202e}")
    }

    @Test func descriptionsLeaveOutWhatIsNotKnown() {
        #expect(Finding(code: .syntax, file: "f", keyPath: "", message: "m").description == "f: m")
        #expect(Finding(code: .syntax, file: "f", line: 2, keyPath: "k", message: "m").description == "f:2: k: m")
    }

    @Test func trails() {
        let trail = Trail.root.key("routes").item(2).key("match").key("path")
        #expect(trail.description == "routes[2].match.path")
        #expect(trail.isWithin(Trail("routes")) && !Trail("routes").isWithin(trail))
        #expect(Trail.root.parent == nil && Trail("a").parent == .root)
    }
}
