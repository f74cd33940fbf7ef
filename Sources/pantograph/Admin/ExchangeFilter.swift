internal import ArgumentParser

/// Which exchanges, or deliveries of them, are meant: the filters that all of the API's lists have.
struct ExchangeFilter: ParsableArguments {
    @Option(help: ArgumentHelp("Those of this route.", valueName: "name"))
    var route: String?

    @Option(help: ArgumentHelp("Those to this upstream.", valueName: "name"))
    var upstream: String?

    @Option(name: .customLong("class"), help: ArgumentHelp("Those that failed so last, e.g. http_5xx.", valueName: "class"))
    var errorClass: String?

    var query: [(name: String, value: String?)] { [("route", route), ("upstream", upstream), ("class", errorClass)] }

    var isEmpty: Bool { !query.contains { $0.value != nil } }
}
