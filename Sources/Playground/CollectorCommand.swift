import ArgumentParser
import Exchange
import Foundation
import NIOCore
import NIOPosix

struct CollectorCommand: AsyncParsableCommand {
    enum Printing: String, ExpressibleByArgument, CaseIterable { case tree, none }

    static let configuration = CommandConfiguration(
        commandName: "collector", abstract: "Takes spans as OTLP-JSON over HTTP and shows traces as trees.",
        discussion: """
            Takes POST /v1/traces, plain or gzip. Prints one line of JSON with its address when it can be called. A trace
            is shown once no span of it has come for --quiet. Where there are more than --show in --window, errors come
            first, then retries, then the slowest, and what is left out is said. GET /__playground/stats tells the counts.
            --fail takes a behaviour or a mix as `upstream` does: 'status=503,retry-after=1', 'ok:9;reset:1'.
            """)

    @Option(help: "The address to listen on.")
    var host = "127.0.0.1"

    @Option(help: "The port to listen on; 0 takes a free one.")
    var port = 4318

    @Option(help: "What is printed: tree or none.")
    var print = Printing.tree

    @Option(help: "How requests are treated, a behaviour or a mix.")
    var fail = ""

    @Option(help: "What the draws of a mix begin with.")
    var seed: UInt64 = 1

    @Option(help: "Traces shown in a window at most.")
    var show = 3

    @Option(help: "How long a window is.")
    var window = "2s"

    @Option(help: "How long a trace has no new span before it is shown.")
    var quiet = "1s"

    @Flag(help: "No line with the address at the start: for a person who reads the trees only.")
    var noReadyLine = false

    @Option(help: "Event loops.")
    var threads = 1

    func validate() throws {
        guard (0...65535).contains(port) else { throw ValidationError("--port is a number from 0 to 65535") }
        guard (1...1000).contains(show) else { throw ValidationError("--show is a number from 1 to 1000") }
        guard (1...64).contains(threads) else { throw ValidationError("--threads is a number from 1 to 64") }
        do {
            _ = try repertoire()
            guard try Quantity.duration(window) >= .milliseconds(100) else { throw SpecError("--window is at least 100ms") }
            _ = try Quantity.duration(quiet)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    func run() async throws {
        Ending.onSignal()
        let collector = ScriptedCollector(
            repertoire: try repertoire(), shelves: print == .tree, quiet: try Quantity.duration(quiet))
        let server = try await ScriptedServer(collector, host: host, port: port, threads: threads)
        if !noReadyLine { server.announce(as: "collector", name: collector.name) }
        if print == .tree { show(collector, every: try Quantity.duration(window)) }
        await Ending.never()
    }

    private func repertoire() throws(SpecError) -> Repertoire {
        let isMix = ScriptText.split(fail, at: ";").count > 1
        return try Repertoire(
            name: "collector", behave: isMix ? "" : fail, mix: isMix ? fail : nil, seed: seed,
            document: { $0.status < 400 ? "{}" : "{\"message\":\"as the script says\"}" })
    }

    /// Prints what has become quiet, a window at a time.
    private func show(_ collector: ScriptedCollector, every window: Duration) {
        let environment = ProcessInfo.processInfo.environment
        let tree = TraceTree(colours: isatty(1) == 1 && environment["NO_COLOR"] == nil)
        let limit = show
        let interval = TimeAmount.nanoseconds(window.nanoseconds)
        MultiThreadedEventLoopGroup.singleton.next().scheduleRepeatedTask(initialDelay: interval, delay: interval) { _ in
            let quiet = collector.takeQuiet()
            let choice = TraceChoice(quiet.traces, forgotten: quiet.forgotten, limit: limit)
            for trace in choice.shown { Document.printLine(tree.text(trace) + "\n") }
            if let remark = choice.remark { Document.printLine(remark + "\n") }
        }
    }
}
