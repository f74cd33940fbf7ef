internal import ArgumentParser
internal import Exchange

@main
struct Pantograph: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pantograph",
        abstract: "Carries every call of an application to two upstreams or more, and shows what happened to each.",
        discussion: """
            The application points its base URL at pantograph over loopback. Each call goes to the primary, whose answer the \
            application gets, and in parallel to every mirror, whose answer is recorded and thrown away. Traces go to an \
            OpenTelemetry collector, metrics are on the admin listener, logs on standard error.

            A first try, with no file:

              pantograph run --upstream inventory=https://inventory.example.com --upstream shipping=https://api.shipping.example
              curl http://127.0.0.1:4100/          as the application would
              curl http://127.0.0.1:4101/metrics   what happened

            With a file:

              pantograph init     writes pantograph.yaml, with every key explained
              pantograph check    says what it means, or what is wrong with it and where
              pantograph run      runs it

            What has become of calls, asked of a running sidecar:

              pantograph status         each upstream's queue, limits and latency
              pantograph top            the same as it changes, with a graph of the last minutes
              pantograph tap            a line for each call as it ends
              pantograph agreement      whether mirrors answer as the primary does, and where they differ
              pantograph exchanges      recent and accepted calls, and where each stands
              pantograph dead-letters   deliveries that ended dead, to replay or discard

            Exit codes: 0 it went well, 64 the command line can't be read, 69 no running sidecar is reachable, 78 the \
            configuration can't be used, 1 anything else.
            """,
        version: Version.current,
        subcommands: [
            Run.self, Check.self, Initialise.self, ShowStatus.self, Top.self, FollowExchanges.self, ShowAgreement.self, ShowExchanges.self,
            DeadLetters.self, ShowVersion.self,
        ])
}
