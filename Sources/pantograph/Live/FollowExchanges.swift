internal import ArgumentParser
internal import Exchange
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

    @Option(
        help: ArgumentHelp("Those that took the application at least so long: milliseconds, or a duration such as 1s.", valueName: "duration"))
    var minMs: LeastDuration?

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.asking { client in
            // Nothing would ever come, and nothing would say why.
            if let complaint = try filter.complaints(client).first { throw AskingFault.refused(status: 400, complaint) }
            let query = QueryText.of(filter.query + [("min_ms", minMs.map { "\($0.milliseconds)" })])
            if !options.json, Terminal.errors.isTerminal { Terminal.errors.line("Following \(client.address); Ctrl-C ends it.") }
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

/// `250`, which are milliseconds, `250ms` or `1s`.
struct LeastDuration: ExpressibleByArgument {
    let milliseconds: Double

    init?(argument: String) {
        if let number = Double(argument) {
            guard number.isFinite, number >= 0 else { return nil }
            milliseconds = number
        } else {
            guard let duration = DurationText.parse(argument) else { return nil }
            milliseconds = duration.seconds * 1000
        }
    }
}
