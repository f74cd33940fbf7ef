import ArgumentParser

@main
struct PlaygroundCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pantograph-playground",
        abstract: "A scripted upstream, a collector and a client, for trying, testing and measuring pantograph.",
        subcommands: [UpstreamCommand.self, CollectorCommand.self, ClientCommand.self])
}
