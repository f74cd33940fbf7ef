internal import ArgumentParser
internal import Exchange

struct ReplayLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Send dead letters again, under their first keys, with all their attempts anew.",
        discussion: """
            Asks before more than one is sent, unless --yes is given. With --rate it stays until the last has been brought back; \
            ended before, it leaves the rest as they are.

            Examples:

              pantograph dead-letters replay 17
              pantograph dead-letters replay --upstream shipping --older-than 10m
              pantograph dead-letters replay --all --rate 10/1s --yes

            \(AdminOptions.exitCodes)
            """)

    @OptionGroup var selection: LetterSelection

    @Option(help: ArgumentHelp("At most so many in a time, e.g. 10/1s.", valueName: "rate"))
    var rate: RateArgument?

    @OptionGroup var options: AdminOptions

    func run() async throws {
        let deed = LetterDeed(name: "replay", done: "replayed", rate: rate?.rate, rateText: rate?.text)
        try await deed.run(selection, options)
    }
}

/// `10/1s`.
struct RateArgument: ExpressibleByArgument {
    let text: String
    let rate: RateSettings

    init?(argument: String) {
        guard let rate = RateText(argument) else { return nil }
        text = argument
        self.rate = RateSettings(rate)
    }
}
