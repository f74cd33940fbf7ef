internal import ArgumentParser

struct ShowAgreement: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agreement",
        abstract: "Show whether mirrors answer as the primary does, and where they differ.",
        discussion: """
            Of each route with 'compare:' and each of its mirrors: answers compared, the part that agreed, how many differed in \
            status, headers or body first, the paths that differ most with how they differed last, and what is ignored since the \
            primary differs from itself in it.

            Examples:

              pantograph agreement
              pantograph agreement --json | jq '.routes[].mirrors[].paths[0]'

            \(AdminOptions.exitCodes)
            """)

    @OptionGroup var options: AdminOptions

    func run() throws {
        try options.asking { client in
            try options.show(AgreementEntry.List.self, at: "/api/agreement", of: client, show)
        }
    }

    private func show(_ list: AgreementEntry.List) {
        guard !list.routes.isEmpty else {
            return Terminal.output.line("No route compares: write  compare: true  at one that has a primary and a mirror.")
        }
        Terminal.output.table(AgreementTables.counts(list.routes))
        for table in [AgreementTables.paths(list.routes), AgreementTables.ignored(list.routes)].compactMap(\.self) {
            Terminal.output.line("")
            Terminal.output.table(table)
        }
    }
}
