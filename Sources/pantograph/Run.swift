internal import ArgumentParser
internal import Configuration
internal import Sidecar

struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Run the sidecar until SIGTERM or SIGINT.",
        discussion: """
            Everything is checked before any socket is bound. On SIGTERM or SIGINT it stops accepting, finishes what is in \
            flight within 'drain' (10s), sends the last spans and exits with 0; a second signal ends it at once.

            Examples:

              pantograph run
              pantograph run --config /etc/pantograph/pantograph.yaml
              pantograph run --upstream inventory=https://inventory.example.com/v2 --upstream shipping=https://api.shipping.example
              pantograph run --upstream inventory=http://127.0.0.1:9001 --listen unix:/run/pantograph.sock --log-level debug
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        switch options.read() {
        case .success(let checked):
            try await start(checked)
        case .failure(let failure):
            Terminal.errors.warnings(failure.warnings)
            Terminal.errors.errors(failure)
            throw ExitCode(ConfigurationErrors.exitCode)
        }
    }

    /// Warnings become lines of the log, which is JSON: text beside it would break its readers.
    private func start(_ checked: Checked) async throws {
        throw ValidationError("run is wired at merge")
    }
}
