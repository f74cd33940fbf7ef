internal import ArgumentParser

/// Which dead letters something is done to.
struct LetterSelection: ParsableArguments {
    @Argument(help: ArgumentHelp("These, as 'list' shows them.", valueName: "ids"))
    var ids: [Int64] = []

    @OptionGroup var filter: LetterFilter

    @Flag(help: "Every one.")
    var all = false

    @Flag(help: "Don't ask before more than one is meant.")
    var yes = false

    func validate() throws {
        guard ids.isEmpty || filter.isEmpty && !all else {
            throw ValidationError("Ids name dead letters one by one: neither a filter nor --all can stand beside them.")
        }
        guard !ids.isEmpty || !filter.isEmpty || all else {
            throw ValidationError("Say which dead letters are meant: ids, --upstream, --route, --class, --older-than or --all.")
        }
    }

    /// The ids of all that are meant, each once, in the order they were named or are kept.
    func gathered(from client: AdminClient) throws(AskingFault) -> [Int64] {
        guard ids.isEmpty else {
            var seen = Set<Int64>()
            return ids.filter { seen.insert($0).inserted }
        }
        var found: [Int64] = []
        var isDone = false
        while !isDone {
            let query = QueryText.of(filter.query + [("after", found.last.map { String($0) }), ("limit", "500")])
            let page = try client.read(LetterEntry.Page.self, "GET", "/api/dead-letters" + query)
            found += page.deadLetters.map(\.id)
            isDone = page.next == nil || page.deadLetters.isEmpty
            if !isDone { Terminal.errors.progress("\(found.count) dead letters and more …") }
        }
        Terminal.errors.progress("")
        return found
    }
}
