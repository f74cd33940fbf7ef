internal import ArgumentParser

struct DiscardLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discard",
        abstract: "Let go of dead letters for good.",
        discussion: """
            They can't be brought back. Asks before more than one goes, unless --yes is given.

            Examples:

              pantograph dead-letters discard 17
              pantograph dead-letters discard --class http_4xx --older-than 7d

            \(AdminOptions.exitCodes)
            """)

    @OptionGroup var selection: LetterSelection
    @OptionGroup var options: AdminOptions

    func run() async throws {
        try await LetterDeed(name: "discard", done: "discarded").run(selection, options)
    }
}
