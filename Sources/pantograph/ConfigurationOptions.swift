internal import ArgumentParser
internal import Configuration
internal import Foundation

/// Where the configuration comes from: shared by everything that needs one, so that `check` judges what `run` would run.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "The configuration. Without it and without --upstream: ./\(StarterFile.name), where there is one.", valueName: "file"))
    var config: String?

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(
            "An upstream, in place of a file; again for each. The first is the primary of every path, the others are mirrors.",
            valueName: "name=url"))
    var upstream: [UpstreamArgument] = []

    @Option(help: ArgumentHelp("The application's base URL: wins over 'listen' of the file.", valueName: "address"))
    var listen: String?

    @Option(help: ArgumentHelp("Metrics and health: wins over 'admin' of the file.", valueName: "address"))
    var admin: String?

    @Option(help: ArgumentHelp("debug, info, warning or error: wins over 'telemetry.log.level' of the file.", valueName: "level"))
    var logLevel: String?

    @Flag(help: "Let listen and admin be other than loopback addresses: wins over 'allow_remote' of the file.")
    var allowRemote = false

    func validate() throws {
        guard config == nil || upstream.isEmpty else {
            throw ValidationError("--config and --upstream can't be combined: write the upstreams into the file.")
        }
    }

    func read() -> Result<Checked, ConfigurationErrors> {
        var overrides = ConfigurationReader.Overrides()
        overrides.listen = listen
        overrides.admin = admin
        overrides.logLevel = logLevel
        overrides.allowRemote = allowRemote
        let reader = ConfigurationReader(environment: ProcessInfo.processInfo.environment, overrides: overrides)
        guard upstream.isEmpty else { return reader.read(upstreams: upstream.map { ($0.name, $0.url) }) }
        if let config { return reader.read(file: config) }
        guard FileManager.default.fileExists(atPath: StarterFile.name) else { return .failure(.nothingToRead) }
        return reader.read(file: StarterFile.name)
    }
}

/// `NAME=URL`; whether both are sound is the configuration's to say.
struct UpstreamArgument: ExpressibleByArgument {
    var name: String
    var url: String

    init?(argument: String) {
        guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else { return nil }
        name = String(argument[..<equals])
        url = String(argument[argument.index(after: equals)...])
    }
}

extension ConfigurationErrors {
    static let nothingToRead = ConfigurationErrors(errors: [
        Finding(
            code: .missingValue, file: "command line", keyPath: "",
            message: "there is no configuration: neither --config nor --upstream is given and ./\(StarterFile.name) does not exist",
            hint: """
                either  pantograph init  and then  pantograph run
                or      pantograph run --upstream inventory=https://… --upstream shipping=https://…
                """)
    ])
}
