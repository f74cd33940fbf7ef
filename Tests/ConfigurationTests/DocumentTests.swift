import Foundation
import Testing

@testable import Configuration

@Suite struct DocumentTests {
    @Test(arguments: [
        ("a: [1, 2\nb: 3\n", 2), ("a: b: c\n", 1), ("a:\n\t- b\n", 2), ("a: \"x\n", 2), ("a: *nobody\n", 1),
        ("a: 1\n---\nb: 2\n", 2), ("%x", 1),
        ("a: {\n", 2), ("a\nb: c", 2),
    ])
    func syntaxErrorsHaveAPlace(_ text: String, _ line: Int) {
        let found = errors(text)
        #expect(found.count == 1)
        #expect(found.first?.code == .syntax)
        #expect(found.first?.line == line, "\(found)")
        #expect(found.first?.column != nil)
        #expect(found.first?.message.hasPrefix("not YAML: ") == true)
    }

    @Test func bracesWithinBracesWantQuotes() {
        let found = errors("routes:\n  - { match: { path: /orders/{id} } }\n")
        #expect(found.map(\.code) == [.syntax] && found.first?.line == 2)
        #expect(found.first?.hint?.contains("stands in quotes") == true)
        #expect(errors("a: b: c\n").first?.hint == nil)
    }

    @Test func duplicateKeysAreAnError() {
        let found = errors("threads: 1\ndrain: 2s\nthreads: 2\n" + twoUpstreams)
        #expect(found.map(\.code) == [.duplicateKey])
        #expect(found.first?.message == "'threads' stands more than once in one block; the first is here")
        #expect(found.first?.line == 1)
    }

    @Test(arguments: ["", "\n\n", "# nothing\n"])
    func anEmptyFile(_ text: String) {
        #expect(errors(text).map(\.message) == ["the file is empty"])
    }

    @Test(arguments: ["text", "[1]", "~"])
    func aDocumentIsABlockOfKeys(_ text: String) {
        #expect(errors(text).count == 1)
        #expect(errors(text).first?.line == 1)
    }

    @Test func aliasesTakeABlockOnceMore() throws {
        let text = """
            upstreams:
              a: { url: "http://a.example", timeout: &slow { connect: 5s, total: 1m } }
              b: { url: "http://b.example", timeout: *slow, credentials: none }
            """
        let settings = try checked(text).settings
        #expect(settings.upstreams.map(\.timeouts.connect) == [.seconds(5), .seconds(5)])
    }

    @Test func mergeKeysAreRefusedByName() {
        let text =
            "upstreams:\n  a: &a { url: \"http://a.example\" }\n  b:\n    <<: *a\n    url: http://b.example\n    credentials: none\n"
        let found = errors(text)
        #expect(found.map(\.message) == ["merge keys are not supported"])
        #expect(found.first?.line == 4)
    }

    @Test func keysAreTexts() {
        let found = errors("? [a]\n: b\n" + twoUpstreams)
        #expect(found.map(\.message) == ["a key has to be a text"])
    }

    @Test func hostileNestingEndsInAnError() {
        for open in ["[", "{a: ", "- ", "? "] {
            #expect(errors(String(repeating: open, count: 100_000)).count == 1)
        }
        #expect(!errors("a: &a [x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n").isEmpty)
    }

    @Test func aFileThatCannotBeRead() throws {
        let directory = try Directory()
        let reader = ConfigurationReader(environment: [:])
        func finding(_ name: String) -> Finding? {
            guard case .failure(let failure) = reader.read(file: "\(directory.path)/\(name)") else { return nil }
            return failure.errors.first
        }
        #expect(finding("missing.yaml")?.message == "can't be read: No such file or directory")
        #expect(finding("missing.yaml")?.code == .unreadableFile)
        #expect(finding("")?.message == "can't be read: it is a directory")
        try directory.write("large.yaml", String(repeating: "#", count: Document.bound + 1))
        #expect(finding("large.yaml")?.message == "can't be read: it is larger than 1MiB")
    }

    @Test func aFileThatIsNotUTF8() throws {
        let directory = try Directory()
        let path = try directory.write("latin.yaml", "")
        let file = try #require(fopen(path, "w"))
        fputs("# \u{FF}", file)
        fputc(0xFF, file)
        fclose(file)
        guard case .failure(let failure) = ConfigurationReader(environment: [:]).read(file: path) else {
            Issue.record("it was read")
            return
        }
        #expect(failure.errors.map(\.message) == ["the file is not UTF-8 text"])
    }
}
