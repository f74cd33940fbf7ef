import Exchange
import Testing

@testable import Configuration

@Suite struct AdminSectionTests {
    private let environment = ["TOKEN": "hunter2"]

    private func admin(_ text: String) throws -> AdminSettings { try checked("admin: \(text)\n" + twoUpstreams, environment).settings.admin }

    private func found(_ text: String) -> [Finding] { errors("admin: \(text)\n" + twoUpstreams, environment) }

    @Test func anAddressAlone() throws {
        var expected = AdminSettings()
        #expect(try checked(twoUpstreams).settings.admin == expected)
        expected.listen = .ip(host: "::1", port: 5000)
        #expect(try admin("\"[::1]:5000\"") == expected)
    }

    @Test func everyKeyOfTheBlock() throws {
        var expected = AdminSettings()
        #expect(try admin("{}") == expected)
        expected.listen = .unix(path: "/run/admin.sock")
        expected.token = .environment("TOKEN")
        expected.hosts = ["pantograph.internal", "a_b", "10.0.0.7", "fd00::1"]
        expected.recent = 10_000
        let text = "{ listen: \"unix:/run/admin.sock\", token: { env: TOKEN }, hosts: [Pantograph.internal, a_b, 10.0.0.7, \"FD00::1\"], recent: 10000 }"
        #expect(try admin(text) == expected)
    }

    @Test func aTokenOfAFileIsFoundBesideTheConfiguration() throws {
        let directory = try Directory()
        try directory.write("token", "hunter2\n")
        let file = try directory.write("pantograph.yaml", "admin: { token: { file: token } }\n" + twoUpstreams)
        let checked = try ConfigurationReader(environment: [:]).read(file: file).get()
        #expect(checked.settings.admin.token == .file("\(directory.path)/token") && checked.warnings.isEmpty)
        #expect(checked.report.text.contains("(redacted, from the file: \(directory.path)/token)"))
    }

    @Test(arguments: [
        ("{ lisen: \"127.0.0.1:1\" }", "admin.lisen: unknown key", "did you mean 'listen'?"),
        ("{ recents: 3 }", "admin.recents: unknown key", "did you mean 'recent'?"),
        ("[]", "admin: expected an address such as 127.0.0.1:4101, or a block", nil),
        ("", "admin: has no value", "write an address such as"),
        ("4101", "admin: expected an address such as", "write the address too: 127.0.0.1:4101"),
        ("{ listen: 4101 }", "admin.listen: expected an address such as", "write the address too: 127.0.0.1:4101"),
        ("{ recent: 0 }", "admin.recent: must be from 1 to 10000, found '0'", nil),
        ("{ recent: 10001 }", "admin.recent: must be from 1 to 10000, found '10001'", nil),
        ("{ recent: many }", "admin.recent: expected a whole number, found 'many'", nil),
        ("{ hosts: pantograph.internal }", "admin.hosts: expected a list of names such as [pantograph.internal], found a text", nil),
        ("{ hosts: [\"pantograph.internal:4101\"] }", "admin.hosts[0]: expected a host's name", "write the name alone, without a port"),
        ("{ hosts: [\"http://pantograph.internal\"] }", "admin.hosts[0]: expected a host's name", "write the name alone, without scheme"),
        ("{ hosts: [a, \"*.internal\"] }", "admin.hosts[1]: expected a host's name", "write each name out"),
        ("{ hosts: [\"\"] }", "admin.hosts[0]: expected a host's name", nil),
        ("{ token: { env: NOWHERE } }", "admin.token.env: the environment variable NOWHERE is not set", "set it where"),
        ("{ token: { } }", "admin.token: the secret has no source", "write { env: NAME }"),
        ("{ token: { env: TOKEN, file: x } }", "admin.token: a secret has one source: env or file", nil),
    ] as [(String, String, String?)])
    func whatIsWrong(_ text: String, _ message: String, _ hint: String?) throws {
        let found = found(text)
        #expect(found.count == 1)
        let finding = try #require(found.first)
        #expect("\(finding)".hasPrefix("test.yaml:1:") && "\(finding)".contains(message), "\(finding)")
        #expect(hint == nil || finding.hint?.contains(hint ?? "") == true, "\(finding.hint ?? "none")")
    }

    @Test func namesAreBounded() {
        func list(_ count: Int) -> String { "{ hosts: [\((0..<count).map { "h\($0)" }.joined(separator: ", "))] }" }
        #expect(found(list(64)).isEmpty)
        #expect(found(list(65)).map { "\($0.keyPath): \($0.message)" } == ["admin.hosts: there are 65 names, at most 64 are possible"])
    }

    /// Where it is a block, what is wrong with the address is said of its own key.
    @Test func theAddressIsCheckedInEitherForm() {
        #expect(found("0.0.0.0:4101").map { "\($0.keyPath) \($0.code)" } == ["admin remoteAddress"])
        #expect(found("{ listen: 0.0.0.0:4101 }").map { "\($0.keyPath) \($0.code)" } == ["admin.listen remoteAddress"])
        #expect(found("{ listen: 127.0.0.1:4100 }").map { "\($0.keyPath) \($0.code)" } == ["admin.listen conflict"])
        #expect(errors("listen: 127.0.0.1:4101\nadmin: { recent: 5 }\n" + twoUpstreams).map { "\($0.keyPath) \($0.code)" } == ["admin conflict"])
    }

    @Test func anAddressThatOthersReachWantsAToken() {
        func found(_ admin: String) -> [String] {
            warnings("allow_remote: true\nadmin: \(admin)\n" + twoUpstreams, environment).map { "\($0.line ?? 0) \($0.keyPath) \($0.code)" }
        }
        #expect(found("0.0.0.0:4101") == ["2 admin noToken"])
        #expect(found("{ listen: \"[::]:4101\" }") == ["2 admin.listen noToken"])
        #expect(found("{ listen: \"[::]:4101\", token: { env: TOKEN } }") == [])
        #expect(found("127.0.0.1:4101") == [])
    }

    @Test func aTokenInTheFileIsDoubtfulAndNeverShown() throws {
        let text = "admin: { token: hunter2 }\n" + twoUpstreams
        #expect(warnings(text).map(\.code) == [.literalSecret])
        let checked = try checked(text)
        #expect(!(checked.report.text + checked.report.json + "\(checked.warnings)").contains("hunter2"))
        let misplaced = errors("admin: { token: { hunter2: } }\n" + twoUpstreams)
        #expect(!misplaced.isEmpty && !"\(misplaced)".contains("hunter2"))
    }
}

/// What those read who ask a sidecar that a file configures.
@Suite struct AdminOfAFileTests {
    private func read(
        _ text: String, token: Bool = true, _ environment: [String: String] = [:]
    ) throws -> Result<AdminSettings, ConfigurationErrors> {
        let directory = try Directory()
        let file = try directory.write("pantograph.yaml", text)
        return ConfigurationReader(environment: environment).readAdmin(file: file, token: token)
    }

    private let secretive = "upstreams: { a: { url: \"http://a\", credentials: { bearer: { env: NOWHERE } } } }\n"

    @Test func theSecretsOfUpstreamsNeedNotBeThere() throws {
        #expect(try read(secretive).get() == AdminSettings())
        let settings = try read(secretive + "admin: { listen: \"unix:/a\", token: { env: TOKEN } }\n", ["TOKEN": "t"]).get()
        #expect(settings.listen == .unix(path: "/a") && settings.token == .environment("TOKEN"))
    }

    @Test func norATokenThatIsNotWanted() throws {
        let text = "admin: { listen: 127.0.0.1:5000, token: { env: NOWHERE } }\n"
        #expect(try read(text, token: false).get().listen == .ip(host: "127.0.0.1", port: 5000))
        guard case .failure(let failure) = try read(text) else { Issue.record("it was taken"); return }
        #expect(failure.errors.map(\.code) == [.missingSecret])
    }

    @Test(arguments: [("", "missingValue"), ("- a\n", "wrongType"), ("admin: [", "syntax"), ("admin: { lisen: 1 }\n", "unknownKey")])
    func whatIsWrong(_ text: String, _ code: String) throws {
        guard case .failure(let failure) = try read(text) else { Issue.record("it was taken"); return }
        #expect(failure.errors.map { "\($0.code)" } == [code])
    }
}
