internal import ArgumentParser
internal import Foundation

struct FollowExchanges: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tap",
        abstract: "Show a line for each exchange as it ends.",
        discussion: """
            Time, call, status and duration for the application, and what each upstream made of it. An exchange is held back for \
            a second at most, until its mirrors have ended too. Lines that can't be shown fast enough are missed, and counted.

            Examples:

              pantograph tap
              pantograph tap --upstream shipping --class http_5xx
              pantograph tap --min-ms 250
              pantograph tap --json | jq -c '{id, status, duration_ms}'

            \(AdminOptions.exitCodes)
            """)

    @OptionGroup var filter: ExchangeFilter

    @Option(help: ArgumentHelp("Those that took the application at least so long.", valueName: "milliseconds"))
    var minMs: Double?

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.asking { client in
            let query = QueryText.of(filter.query + [("min_ms", minMs.map { "\($0)" })])
            try LineStream.follow(client, "/api/tap" + query, show)
        }
    }

    private func show(_ line: Data) {
        guard let entry = TapEntry(line) else { return }
        if options.json {
            Terminal.output.line(String(decoding: line, as: UTF8.self))
        } else {
            Terminal.output.line(entry.text { Terminal.output.paint($0, $1) })
        }
    }
}
