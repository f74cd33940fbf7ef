internal import ArgumentParser

struct DeadLetters: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Show, replay or discard deliveries that ended dead.",
        discussion: """
            A delivery ends dead when its upstream refused it for good or its attempts are used up. It is kept, with its request \
            and every attempt, until it is replayed or discarded.

            Examples:

              pantograph dead-letters list --upstream shipping
              pantograph dead-letters show 17
              pantograph dead-letters replay 17 18
              pantograph dead-letters replay --upstream shipping --rate 10/1s
              pantograph dead-letters discard --class http_4xx --older-than 7d

            \(AdminOptions.exitCodes)
            """,
        subcommands: [ListLetters.self, ShowLetter.self, ReplayLetters.self, DiscardLetters.self])
}
