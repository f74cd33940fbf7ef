internal import ArgumentParser

/// Which dead letters are meant, by what they have in common.
struct LetterFilter: ParsableArguments {
    @OptionGroup var common: ExchangeFilter

    @Option(help: ArgumentHelp("Those that ended dead longer ago than this, e.g. 1h or 7d.", valueName: "duration"))
    var olderThan: String?

    var query: [(name: String, value: String?)] { common.query + [("older_than", olderThan)] }

    var isEmpty: Bool { common.isEmpty && olderThan == nil }
}
