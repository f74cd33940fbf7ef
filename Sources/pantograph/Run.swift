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
        AllocatorCaches.enlarge()
        switch options.read() {
        case .success(let checked):
            do {
                // What runs writes JSON lines, warnings too, so that whoever collects its standard error can read all of it.
                try await SidecarProcess.run(
                    checked.settings, configuration: checked.report.json, warnings: checked.warnings.map { "\($0)" })
            } catch {
                Terminal.errors.line("pantograph: \(error)")
                throw ExitCode(1)
            }
        case .failure(let failure):
            Terminal.errors.warnings(failure.warnings)
            Terminal.errors.errors(failure)
            throw ExitCode(ConfigurationErrors.exitCode)
        }
    }
}
