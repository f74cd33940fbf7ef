internal import ArgumentParser

/// Which dead letters are meant, by what they have in common.
struct LetterFilter: ParsableArguments {
    @Option(help: ArgumentHelp("Those of this upstream.", valueName: "name"))
    var upstream: String?

    @Option(help: ArgumentHelp("Those of this route.", valueName: "name"))
    var route: String?

    @Option(name: .customLong("class"), help: ArgumentHelp("Those whose last attempt failed so, e.g. http_5xx.", valueName: "class"))
    var errorClass: String?

    @Option(help: ArgumentHelp("Those that ended dead longer ago than this, e.g. 1h or 7d.", valueName: "duration"))
    var olderThan: String?

    var query: [(name: String, value: String?)] {
        [("upstream", upstream), ("route", route), ("class", errorClass), ("older_than", olderThan)]
    }

    var isEmpty: Bool { !query.contains { $0.value != nil } }
}
