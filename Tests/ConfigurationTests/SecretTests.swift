import Exchange
import Testing

@testable import Configuration

@Suite struct SecretTests {
    private func text(_ credentials: String) -> String {
        "upstreams:\n  a:\n    url: https://a.example\n    credentials: \(credentials)\n"
    }

    @Test func everyKind() throws {
        let environment = ["TOKEN": "hunter2"]
        func credentials(_ value: String) throws -> Credentials? {
            try checked(text(value), environment).settings.upstreams[0].credentials
        }
        #expect(try credentials("{ bearer: { env: TOKEN } }") == .bearer(.environment("TOKEN")))
        #expect(
            try credentials("{ basic: { user: me, password: { env: TOKEN } } }")
                == .basic(user: "me", password: .environment("TOKEN")))
        #expect(
            try credentials("{ header: { name: X-Key, value: { env: TOKEN } } }")
                == .header(name: "X-Key", value: .environment("TOKEN")))
        #expect(try credentials("{ bearer: \"${TOKEN}\" }") == .bearer(.literal("hunter2")))
        #expect(try credentials("none") == nil)
    }

    @Test func filesAreRelativeToTheConfiguration() throws {
        let directory = try Directory()
        try directory.write("token", "hunter2\n")
        let file = try directory.write("pantograph.yaml", text("{ bearer: { file: token } }"))
        let checked = try ConfigurationReader(environment: [:]).read(file: file).get()
        #expect(checked.settings.upstreams[0].credentials == .bearer(.file("\(directory.path)/token")))
        #expect(checked.warnings.isEmpty)
    }

    @Test func aFileThatEveryoneMayReadIsDoubtful() throws {
        let directory = try Directory()
        let path = try directory.write("token", "hunter2\n", mode: 0o644)
        let found = warnings(text("{ bearer: { file: \(path) } }"))
        #expect(found.map(\.code) == [.readableSecret])
        #expect(found.first?.hint == "chmod o-r \(path)")
        #expect(found.first?.line == 4)
    }

    @Test func aLiteralIsDoubtful() {
        let found = warnings(text("{ bearer: hunter2 }"))
        #expect(found.map(\.code) == [.literalSecret])
        #expect(found.first?.keyPath == "upstreams.a.credentials.bearer")
        #expect(warnings(text("{ bearer: \"${TOKEN}\" }"), ["TOKEN": "hunter2"]).isEmpty)
    }

    @Test(arguments: [
        ("{ bearer: { env: TOKEN_B } }", "the environment variable TOKEN_B is not set"),
        ("{ bearer: { env: EMPTY } }", "the environment variable EMPTY is empty"),
        ("{ bearer: { env: BROKEN } }", "the environment variable BROKEN holds line breaks"),
        ("{ bearer: { env: \"hunter2 x\" } }", "expected the name of an environment variable"),
        ("{ bearer: { file: /does/not/exist } }", "the file /does/not/exist can't be read: No such file or directory"),
        ("{ bearer: { file: / } }", "the file / can't be read: it is a directory"), ("{ bearer: {} }", "the secret has no source"),
        ("{ bearer: { env: TOKEN, file: x } }", "a secret has one source"),
        ("{ bearer: { evn: TOKEN } }", "the secret has no source"),
        ("{ bearer: [hunter2] }", "expected a secret"), ("{ bearer: }", "has no value"),
        ("{ bearer: \"\" }", "the secret is empty"),
        ("{ bearer: \"hunter2\\n\" }", "the secret holds line breaks"), ("hunter2", "expected credentials such as"),
        ("[hunter2]", "expected credentials such as"),
        ("{}", "the credentials have no kind"), ("{ bearer: { env: TOKEN }, basic: {} }", "an upstream has one kind"),
        ("{ baerer: { env: TOKEN } }", "the credentials have no kind"), ("{ basic: { user: a } }", "'password' is missing"),
        ("{ basic: { user: \"hunter2:b\", password: { env: TOKEN } } }", "a user's name has no colon"),
        ("{ basic: hunter2 }", "expected a block such as { user"),
        ("{ header: { name: \"a b\", value: { env: TOKEN } } }", "a header's name is"),
        ("{ header: { name: Host, value: { env: TOKEN } } }", "Host comes from"),
        ("{ header: { value: { env: TOKEN } } }", "'name' is missing"), ("{ hunter2 }", "unknown key"),
        ("{ bearer: { hunter2 } }", "unknown key"),
        ("{ basic: { hunter2: x, user: a, password: { env: TOKEN } } }", "unknown key"),
    ])
    func refuses(_ credentials: String, _ message: String) {
        let environment = ["TOKEN": "hunter2", "EMPTY": "", "BROKEN": "hunter2\r\nx: y"]
        let found = errors(text(credentials), environment)
        #expect(found.contains { $0.message.hasPrefix(message) }, "\(found)")
        #expect(found.allSatisfy { $0.line == 4 })
        #expect(!"\(found.map { "\($0) \($0.hint ?? "")" })".contains("hunter2"), "\(found)")
    }

    @Test func anEmptyFileIsNoSecret() throws {
        let directory = try Directory()
        let path = try directory.write("token", "\n\n")
        #expect(errors(text("{ bearer: { file: \(path) } }")).map(\.message) == ["the file \(path) is empty"])
        let long = try directory.write("long", String(repeating: "x", count: 65 * 1024))
        #expect(
            errors(text("{ bearer: { file: \(long) } }")).map(\.message) == [
                "the file \(long) can't be read: it is larger than 64KiB"
            ])
    }
}

@Suite struct CertificateFileTests {
    private func check(_ text: String) throws -> Int {
        let directory = try Directory()
        return try CertificateFile.check(directory.write("ca.pem", text))
    }

    private func message(_ text: String) -> String {
        do {
            return "\(try check(text)) found"
        } catch {
            return (error as? Complaint)?.message ?? "\(error)"
        }
    }

    @Test func countsCertificates() throws {
        #expect(try check(certificate) == 1)
        #expect(try check("a comment\n" + certificate + "\n\n" + certificate.replacing("\n", with: "\r\n")) == 2)
    }

    @Test func saysWhatIsWrong() {
        let body = certificate.split(separator: "\n").dropFirst().dropLast()
        #expect(message("").hasSuffix("holds no certificate"))
        #expect(message("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").hasSuffix("holds no certificate"))
        #expect(message("-----BEGIN CERTIFICATE-----\nAAAA\n").hasSuffix("has no '-----END CERTIFICATE-----'"))
        #expect(message("-----BEGIN CERTIFICATE-----\n" + certificate).hasSuffix("has no '-----END CERTIFICATE-----'"))
        #expect(message("-----END CERTIFICATE-----\n").contains("certificate 1 in"))
        for broken in [["!!!"], [], ["AAAA"], Array(body.dropLast()), Array(body.dropFirst()), body + ["AAAA"]].map({
            $0.map(String.init)
        }) {
            let text = (["-----BEGIN CERTIFICATE-----"] + broken + ["-----END CERTIFICATE-----"]).joined(separator: "\n")
            #expect(message(certificate + text).contains("certificate 2 in"), "\(broken)")
        }
    }

    @Test func isFoundBesideTheConfiguration() throws {
        let directory = try Directory()
        try directory.write("ca.pem", certificate)
        let file = try directory.write(
            "pantograph.yaml",
            "upstreams: { a: { url: \"https://a.example\", tls: { ca_file: ca.pem } } }\ntelemetry: { otlp: { certificate: ca.pem } }\n"
        )
        let settings = try ConfigurationReader(environment: [:]).read(file: file).get().settings
        #expect(settings.upstreams[0].tls.caFile == "\(directory.path)/ca.pem")
        #expect(settings.telemetry.otlp?.certificateFile == "\(directory.path)/ca.pem")
    }
}
