import Testing

@testable import Configuration

@Suite struct SubstitutionTests {
    private let environment = ["HOST": "example.com", "EMPTY": "", "_x1": "y", "YAML": "{ a: [1] }", "NESTED": "${HOST}"]

    @Test(arguments: [
        ("plain", "plain", false), ("${HOST}", "example.com", true), ("https://${HOST}/v2", "https://example.com/v2", true),
        ("${HOST:-other}", "example.com", true), ("${MISSING:-other}", "other", true), ("${MISSING:-}", "", true),
        ("${EMPTY}", "", true), ("${EMPTY:-full}", "full", true), ("${_x1}${HOST}", "yexample.com", true), ("$$", "$", false),
        ("$${HOST}", "${HOST}", false), ("pa$word", "pa$word", false), ("$", "$", false), ("a$$b$$", "a$b$", false),
        ("${MISSING:-a:-b}", "a:-b", true), ("${MISSING:-$x}", "$x", true), ("${NESTED}", "${HOST}", true),
        ("${YAML}", "{ a: [1] }", true),
    ])
    func expands(_ source: String, _ text: String, _ usesEnvironment: Bool) throws {
        let expanded = try Substitution.expand(source, from: environment)
        #expect(expanded == ExpandedText(text: text, source: source, usesEnvironment: usesEnvironment))
    }

    @Test func namesTheVariableThatIsNotSet() {
        #expect { try Substitution.expand("a ${NOT_SET} b", from: environment) } throws: { error in
            let complaint = error as? Complaint
            return complaint?.code == .unsetVariable && complaint?.message == "the environment variable NOT_SET is not set"
                && complaint?.hint == "set it, or give a default: ${NOT_SET:-default}"
        }
    }

    @Test(arguments: ["${", "${HOST", "${}", "${1A}", "${A B}", "${:-x}", "${A-B}", "${É}"])
    func refuses(_ source: String) {
        #expect(throws: Complaint.self) { try Substitution.expand(source, from: environment) }
    }

    @Test func aVariableIsNeverReadAsYAML() throws {
        let checked = try checked(twoUpstreams + "telemetry: { service_name: \"${NAME}\" }\n", ["NAME": "a: [b, {"])
        #expect(checked.settings.telemetry.serviceName == "a: [b, {")
    }

    @Test func takesPartInEveryScalar() throws {
        let text = """
            upstreams: { a: { url: "${URL}", timeout: { total: "${TOTAL:-7s}" } } }
            threads: ${THREADS}
            """
        let settings = try checked(text, ["URL": "http://localhost:9000/x/", "THREADS": "3"]).settings
        #expect(settings.upstreams[0].url.description == "http://localhost:9000/x")
        #expect(settings.upstreams[0].timeouts.total == .seconds(7))
        #expect(settings.threads == 3)
    }

    @Test func whatAVariableHeldIsNotShown() {
        let found = errors(twoUpstreams + "threads: ${THREADS}\n", ["THREADS": "hunter2"])
        #expect(found.map(\.message) == ["expected a whole number, found what ${THREADS} gives"])
    }
}
