internal import ArgumentParser
internal import Exchange

struct ShowVersion: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version",
        abstract: "Say which version this is.",
        discussion: """
            Examples:

              pantograph version
              pantograph version --json
            """)

    @Flag(help: "One JSON object: name, version.")
    var json = false

    func run() {
        Terminal.output.line(
            json ? "{\"name\":\"pantograph\",\"version\":\(JSONText.quoted(Version.current))}" : "pantograph \(Version.current)")
    }
}
