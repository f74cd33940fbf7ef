internal import ArgumentParser
internal import Exchange
internal import Foundation

struct ShowExchanges: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exchanges",
        abstract: "Show recent and accepted exchanges, newest first, or one with every attempt.",
        discussion: """
            Asks a running sidecar for the exchanges in its spool (those of accepted routes and of durable mirrors), and for the \
            recent ones of every other route, which it remembers while it runs.

            Examples:

              pantograph exchanges
              pantograph exchanges --state dead --upstream shipping
              pantograph exchanges 0198f3b2-5c1e-7a40-9d7e-3f2b1c0a9e8d
              pantograph exchanges --json --limit 500 | jq -r '.exchanges[].id'

            \(AdminOptions.exitCodes)
            """)

    @Argument(help: ArgumentHelp("One exchange, by its id.", valueName: "id"))
    var id: String?

    @OptionGroup var filter: ExchangeFilter

    @Option(help: ArgumentHelp("pending, delivered, dead, skipped or compensated: those with a delivery in it.", valueName: "state"))
    var state: String?

    @Option(help: ArgumentHelp("At most so many, up to 500.", valueName: "number"))
    var limit: Int?

    @Option(help: ArgumentHelp("Those received before this one.", valueName: "id"))
    var before: String?

    @OptionGroup var options: AdminOptions

    private var filters: [(name: String, value: String?)] { filter.query + [("state", state)] }

    func validate() throws {
        let isFiltered = before != nil || limit != nil || filters.contains { $0.value != nil }
        guard id == nil || !isFiltered else { throw ValidationError("An id names one exchange: no filter can stand beside it.") }
    }

    func run() throws {
        try options.asking { client in
            if let id {
                try options.show(ExchangeEntry.self, at: "/api/exchanges/" + PercentEncoding.encoded(id), of: client, show)
            } else {
                let query = QueryText.of(filters + [("before", before), ("limit", limit.map { String($0) })])
                try options.show(ExchangeEntry.Page.self, at: "/api/exchanges" + query, of: client) { page throws(AskingFault) in try show(page, client) }
            }
        }
    }

    private func show(_ page: ExchangeEntry.Page, _ client: AdminClient) throws(AskingFault) {
        guard let last = page.exchanges.last else {
            let isAll = before == nil && !filters.contains { $0.value != nil }
            return try filter.sayNothingMatches(isAll ? "There was no exchange yet." : "No exchange matches.", client)
        }
        Terminal.output.table(ExchangeTables.list(page.exchanges, now: Date()))
        if page.next != nil { Terminal.output.line("more: --before \(last.id)") }
    }

    private func show(_ exchange: ExchangeEntry) {
        let now = Date()
        Terminal.output.write(
            Facts([
                ("exchange", exchange.id), ("route", exchange.route), ("call", "\(exchange.method) \(exchange.target)"),
                ("answered", exchange.answered),
                ("received", Ago.text(exchange.receivedAt, now: now) + ", " + exchange.receivedAt),
                ("finished", exchange.finishedAt.map { Ago.text($0, now: now) + ", " + $0 } ?? "not yet"), ("trace", exchange.traceId),
                ("compensates", exchange.compensates),
            ]).text)
        Terminal.output.line("")
        Terminal.output.table(ExchangeTables.deliveries(exchange, now: now))
        for (upstream, delivery) in exchange.deliveries.sorted(by: { $0.key < $1.key }) {
            guard let history = delivery.history, !history.isEmpty else { continue }
            Terminal.output.line("\nattempts to \(upstream)")
            Terminal.output.table(ExchangeTables.attempts(history, since: exchange.receivedAt))
        }
    }
}
