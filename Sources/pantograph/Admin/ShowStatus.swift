internal import ArgumentParser
internal import Foundation

struct ShowStatus: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show whether a sidecar is ready, and how each upstream stands.",
        discussion: """
            Of each upstream: deliveries that have not ended and the age of the oldest, its breaker, how long it asked to be left \
            alone, the quota its answers left, dead letters, and latency in the last 60 s.

            Examples:

              pantograph status
              pantograph status --admin unix:/run/pantograph-admin.sock
              pantograph status --json | jq '.upstreams[] | select(.pending > 0)'

            Exit codes: 0 it is ready, 1 it is not, 64 the command line can't be used, 69 no sidecar is reachable, 78 the \
            configuration that --config names can't be used.
            """)

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.asking { client in
            let readiness = try client.ask("GET", "/readyz", alsoWanted: [503])
            let upstreams = try client.ask("GET", "/api/upstreams")
            if options.json {
                Terminal.output.line("{\"readiness\":\(ShowStatus.line(readiness.body)),\"upstreams\":\(try list(upstreams.body, client))}")
            } else {
                show(
                    try AdminClient.decode(ReadinessEntry.self, from: readiness.body, of: client.address),
                    try AdminClient.decode(UpstreamEntry.List.self, from: upstreams.body, of: client.address).upstreams)
            }
            if readiness.status != 200 { throw ExitCode.failure }
        }
    }

    private static func line(_ body: Data) -> String {
        String(decoding: body, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The array of the answer `{"upstreams":[…]}`, as it is.
    private func list(_ body: Data, _ client: AdminClient) throws(AskingFault) -> String {
        _ = try AdminClient.decode(UpstreamEntry.List.self, from: body, of: client.address)
        let text = ShowStatus.line(body)
        guard let start = text.firstIndex(of: "["), let end = text.lastIndex(of: "]") else { return "[]" }
        return String(text[start...end])
    }

    private func show(_ readiness: ReadinessEntry, _ upstreams: [UpstreamEntry]) {
        let reasons = readiness.reasons ?? []
        let verdict = Terminal.output.paint(readiness.status, reasons.isEmpty ? .green : .yellow)
        Terminal.output.line(verdict + (reasons.isEmpty ? "" : ": " + reasons.joined(separator: ", ")))
        Terminal.output.line("")
        guard !upstreams.isEmpty else { return Terminal.output.line("It tells of no upstream.") }
        Terminal.output.table(UpstreamEntry.table(upstreams))
    }
}
