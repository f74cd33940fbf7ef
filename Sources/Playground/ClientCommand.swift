import ArgumentParser
import Dispatch
import Exchange
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

struct ClientCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "client", abstract: "Calls a loopback address and tells how long the answers took.",
        discussion: """
            With --rate the calls are made at their times whether or not earlier ones are answered, and each is measured
            from the time it was due, so that a stall is not hidden. Without it every connection makes its next call as
            soon as it has an answer. The run ends after --duration or --requests, or by SIGINT or SIGTERM.
            The exit code is 1 where no call was answered.
            """)

    @Option(help: "Where the calls go: http, on this machine.")
    var url: String

    @Option(help: "Calls in a second.")
    var rate: Double?

    @Flag(help: "With --rate: calls at scattered moments, one in each share of the time.")
    var uneven = false

    @Option(help: "For how long, such as 60s.")
    var duration: String?

    @Option(help: "How many calls in all.")
    var requests: Int?

    @Option(help: "Connections at most.")
    var connections = 16

    @Flag(help: "All connections are opened before the first call, and used in turn.")
    var useAll = false

    @Option(help: "The method.")
    var method = "POST"

    @Option(help: "The path and query.")
    var path = "/orders"

    @Option(help: "The size of each call's body.")
    var body = "1KiB"

    @Option(name: .long, parsing: .unconditionalSingleValue, help: "A field of each call, Name:value; may be repeated.")
    var header: [String] = []

    @Option(help: "How long an answer may take.")
    var timeout = "30s"

    @Flag(help: "The result as one line of JSON.")
    var json = false

    func validate() throws {
        guard (1...10_000).contains(connections) else { throw ValidationError("--connections is a number from 1 to 10000") }
        if let rate, !(rate > 0 && rate <= 1_000_000) { throw ValidationError("--rate is a number above 0, at most 1000000") }
        if uneven, rate == nil { throw ValidationError("--uneven scatters the calls of --rate: give --rate too") }
        if let requests, requests < 1 { throw ValidationError("--requests is a number of at least 1") }
        guard path.hasPrefix("/"), path.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            throw ValidationError("--path begins with / and has no spaces")
        }
        do {
            _ = try LoadTarget(url)
            _ = try plan()
            _ = try head(for: try LoadTarget(url))
            guard try Quantity.size(body) <= 64 << 20 else { throw SpecError("--body is at most 64MiB") }
        } catch {
            throw ValidationError("\(error)")
        }
    }

    func run() async throws {
        let target = try LoadTarget(url)
        let plan = try plan()
        let head = try head(for: target)
        let timeout = try Quantity.duration(timeout)
        let body = pattern(try Quantity.size(body))
        let loop = MultiThreadedEventLoopGroup(numberOfThreads: 1).next()
        let done = loop.makePromise(of: LoadResult.self)
        let (connections, usesAll) = (connections, useAll)
        let load = try await loop.submit {
            let load = LoadRun(
                plan, target: target, head: head, body: body, connections: connections, usesAll: usesAll, timeout: timeout,
                done: done)
            load.proceed()
            return NIOLoopBound(load, eventLoop: loop)
        }.get()
        let signals = stopOnSignal(load, loop)
        let progress = showProgress(load, loop)
        let result = try await done.futureResult.get()
        progress?.cancel()
        withExtendedLifetime(signals) {}
        if progress != nil { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
        let report = LoadReport(result)
        Document.printLine(json ? Document.text(report) : report.text)
        if result.answered == 0 { throw ExitCode.failure }
    }

    private func plan() throws(SpecError) -> LoadPlan {
        var plan = LoadPlan(rate: rate, duration: nil, requests: requests, isUneven: uneven)
        if let duration { plan.duration = try Quantity.duration(duration) }
        if plan.duration == nil && plan.requests == nil { plan.duration = .seconds(60) }
        return plan
    }

    private func head(for target: LoadTarget) throws(SpecError) -> HTTPRequestHead {
        var fields = HTTPHeaders([("Host", target.authority), ("User-Agent", "pantograph-playground")])
        let size = try Quantity.size(body)
        if size > 0 || method == "POST" || method == "PUT" || method == "PATCH" { fields.add(name: "Content-Length", value: "\(size)") }
        for field in header {
            let read = try Behaviour.field(field)
            fields.add(name: read.name, value: read.value)
        }
        return HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: method), uri: target.prefix + path, headers: fields)
    }

    private func pattern(_ size: Int) -> ByteBuffer {
        var body = ByteBuffer()
        while body.readableBytes < size {
            body.writeImmutableBuffer(Pattern.slice(at: body.readableBytes, count: min(Pattern.reach, size - body.readableBytes)))
        }
        return body
    }

    /// SIGINT and SIGTERM let the calls under way finish, so that their number and times are told.
    private func stopOnSignal(_ load: NIOLoopBound<LoadRun>, _ loop: any EventLoop) -> [any DispatchSourceSignal] {
        [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { loop.execute { load.value.stop() } }
            source.resume()
            return source
        }
    }

    /// A line that is written over every second, on a terminal only.
    private func showProgress(_ load: NIOLoopBound<LoadRun>, _ loop: any EventLoop) -> RepeatedTask? {
        guard !json, isatty(2) == 1 else { return nil }
        return loop.scheduleRepeatedTask(initialDelay: .seconds(1), delay: .seconds(1)) { _ in
            let result = load.value.result
            let p99 = Double(result.latency.quantile(0.99)) / 1e6
            let line = String(format: "%d answered, %d failed, p99 %.1f ms", result.answered, result.failed, p99)
            FileHandle.standardError.write(Data("\r\u{1B}[K\(line)".utf8))
        }
    }
}
