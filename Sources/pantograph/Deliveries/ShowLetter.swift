internal import ArgumentParser
internal import Foundation

struct ShowLetter: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one dead letter: its request, without credentials, and every attempt with the beginning of its answer.",
        discussion: """
            Examples:

              pantograph dead-letters show 17
              pantograph dead-letters show 17 --json | jq '.history[-1].answer'

            \(AdminOptions.exitCodes)
            """)

    @Argument(help: ArgumentHelp("Its id, as 'list' shows it.", valueName: "id"))
    var id: Int64

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.asking { client in
            try options.show(LetterEntry.self, at: "/api/dead-letters/\(id)", of: client, show)
        }
    }

    private func show(_ letter: LetterEntry) {
        let now = Date()
        Terminal.output.write(LetterTables.facts(letter, now: now).text)
        if let headers = letter.headers, !headers.isEmpty {
            Terminal.output.line("\nheaders")
            Terminal.output.write(Facts(headers.map { ("    \($0.name)", $0.value) }).text)
        }
        guard let history = letter.history, !history.isEmpty else { return }
        Terminal.output.line("\nattempts")
        Terminal.output.table(ExchangeTables.attempts(history, since: letter.receivedAt))
        Terminal.output.write(LetterTables.answers(history))
    }
}
