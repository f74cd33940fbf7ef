internal import ArgumentParser
internal import Foundation

struct ListLetters: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show dead letters, oldest first.",
        discussion: """
            Examples:

              pantograph dead-letters list
              pantograph dead-letters list --class http_5xx --older-than 1h
              pantograph dead-letters list --json | jq '.dead_letters[].id'

            \(AdminOptions.exitCodes)
            """)

    @OptionGroup var filter: LetterFilter

    @Option(help: ArgumentHelp("At most so many, up to 500.", valueName: "number"))
    var limit: Int?

    @Option(help: ArgumentHelp("Those after this one.", valueName: "id"))
    var after: Int64?

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.asking { client in
            let query = QueryText.of(filter.query + [("after", after.map { String($0) }), ("limit", limit.map { String($0) })])
            try options.show(LetterEntry.Page.self, at: "/api/dead-letters" + query, of: client) { page throws(AskingFault) in try show(page, client) }
        }
    }

    private func show(_ page: LetterEntry.Page, _ client: AdminClient) throws(AskingFault) {
        guard let last = page.deadLetters.last else {
            let words = filter.isEmpty && after == nil ? "There are no dead letters." : "No dead letter matches."
            return try filter.common.sayNothingMatches(words, client)
        }
        Terminal.output.table(LetterTables.list(page.deadLetters, now: Date()))
        if page.next != nil { Terminal.output.line("more: --after \(last.id)") }
    }
}
