internal import ArgumentParser
internal import Foundation

struct Top: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "top",
        abstract: "Show how each upstream stands, as it changes.",
        discussion: """
            A line for each upstream and role: requests in a second, errors and 429s of the last 10 s, latency of the last 60 s, \
            what is pending, breaker or pause, and graphs of rate and p99 over the last minutes. Once each second; q ends it. \
            Where the output is no terminal, it is shown once.

            Examples:

              pantograph top
              pantograph top --once --admin unix:/run/pantograph-admin.sock

            \(AdminOptions.exitCodes)
            """)

    @Flag(help: "Show it once.")
    var once = false

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.asking { client in
            let frame = try read(client)
            if options.json {
                // The one document, with the other as a member.
                Terminal.output.line(frame.upstreams.dropLast() + ",\"history\":\(frame.history)}")
            } else if once || !Terminal.output.isTerminal || isatty(STDIN_FILENO) != 1 {
                Terminal.output.write(try Top.picture(frame, client).text(width: Terminal.output.width))
            } else {
                try show(client)
            }
        }
    }

    private typealias Answers = (upstreams: String, history: String)

    private func read(_ client: AdminClient) throws(AskingFault) -> Answers {
        func text(_ path: String) throws(AskingFault) -> String {
            String(decoding: try client.ask("GET", path).body, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        }
        return (try text("/api/upstreams"), try text("/api/history"))
    }

    private static func picture(_ answers: Answers, _ client: AdminClient) throws(AskingFault) -> TopFrame {
        TopFrame(
            upstreams: try AdminClient.decode(UpstreamEntry.List.self, from: Data(answers.upstreams.utf8), of: client.address).upstreams,
            history: try AdminClient.decode(HistoryEntry.self, from: Data(answers.history.utf8), of: client.address))
    }

    private func show(_ client: AdminClient) throws(AskingFault) {
        let screen = Screen(Terminal.output)
        var isOver = false
        while !isOver {
            let body: String
            do throws(AskingFault) {
                body = try Top.picture(read(client), client).text(width: Terminal.output.width)
            } catch {
                // A sidecar that is being restarted comes back.
                body = error.words + "\n"
            }
            screen.draw("pantograph at \(client.address)   q ends\n\n" + body)
            isOver = screen.isEnded(within: 1000)
        }
    }
}
