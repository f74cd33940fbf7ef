internal import ArgumentParser
internal import Configuration

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what a configuration means, or what is wrong with it and where.",
        discussion: """
            Prints routes in the order they are tried, upstreams, bounds and telemetry as 'run' would use them; secrets are \
            shown by their source alone. Nothing is bound and nobody is called. Exits with 0 where it can be run, also with \
            warnings, and with 78 where it can't.

            Examples:

              pantograph check
              pantograph check --config staging.yaml
              pantograph check --json | jq '.warnings[].message'
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "One JSON object: ok, errors, warnings, configuration.")
    var json = false

    func run() throws {
        let result = options.read()
        if json { Terminal.output.line(result.described.json) } else { show(result) }
        if case .failure = result { throw ExitCode(ConfigurationErrors.exitCode) }
    }

    private func show(_ result: Result<Checked, ConfigurationErrors>) {
        switch result {
        case .success(let checked):
            Terminal.output.write(checked.report.text)
            Terminal.errors.warnings(checked.warnings)
            Terminal.output.line(verdict(checked))
        case .failure(let failure):
            Terminal.errors.warnings(failure.warnings)
            Terminal.errors.errors(failure)
        }
    }

    private func verdict(_ checked: Checked) -> String {
        let source = checked.file ?? "the command line"
        let warnings = checked.warnings.count
        let words = warnings == 0 ? "" : warnings == 1 ? ", with 1 warning" : ", with \(warnings) warnings"
        return Terminal.output.paint("ok", .green) + ": \(source) can be run\(words)"
    }
}
