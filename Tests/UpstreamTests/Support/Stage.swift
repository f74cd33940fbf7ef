import Exchange
import Foundation
import NIOCore
import NIOPosix

@testable import Upstream

/// A client with one upstream, and short ways to call it.
struct Stage: Sendable {
    let client: UpstreamClient
    let upstream = UpstreamID(0)
    let eventLoop: any EventLoop
    /// Every test holds for all ways of carrying a request: `PANTOGRAPH_TEST_LIBCURL=1` has libcurl carry them as a whole, and
    /// `PANTOGRAPH_TEST_TLS=1` puts TLS in front of the servers.
    static let isWhollyCurl = ProcessInfo.processInfo.environment["PANTOGRAPH_TEST_LIBCURL"] != nil
    static var isSecure: Bool { SecureRelay.shared != nil }

    static func settings(port: Int, host: String = "127.0.0.1") -> UpstreamSettings {
        var settings = UpstreamSettings(name: "a", url: BaseURL(scheme: Stage.isSecure ? "https" : "http", host: host, port: port, pathPrefix: ""))
        settings.httpVersion = .http1
        settings.tls.caFile = SecureRelay.shared?.caFile
        // A slow machine is no slow upstream: a test that means to see a timeout sets it.
        settings.timeouts.connect = .seconds(60)
        settings.timeouts.firstByte = .seconds(60)
        settings.timeouts.total = .seconds(60)
        return settings
    }

    init(port: Int, host: String = "127.0.0.1", _ configure: (inout UpstreamSettings) -> Void = { _ in }) throws {
        var settings = Stage.settings(port: port, host: host)
        configure(&settings)
        eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        client = try UpstreamClient([settings], on: [eventLoop], wholly: Stage.isWhollyCurl)
    }

    var connections: Int { client.connections(of: upstream) }
    var inFlight: Int { client.inFlight(of: upstream) }

    /// Starts an attempt.
    func start(
        _ method: String = "GET", _ target: String = "/", headers: Headers = ["Host": "a.test"], body: RequestBody? = nil,
        length: BodyLength = .none, asPrimary: Bool = true, wantsAnswer: Bool = true, sink: Recorder
    ) -> Attempt {
        let request = AttemptRequest(
            upstream: upstream, method: method, target: target, headers: headers, body: body, bodyLength: length,
            readsAsPrimary: asPrimary, wantsAnswer: wantsAnswer)
        guard let attempt = client.start(request, sink: sink, on: eventLoop) else {
            preconditionFailure("limit.in_flight is reached only where startIfRoom is called")
        }
        return attempt
    }

    /// Starts an attempt, if `limit.in_flight` lets it.
    func startIfRoom(sink: Recorder) -> Attempt? {
        let request = AttemptRequest(
            upstream: upstream, method: "GET", target: "/", headers: ["Host": "a.test"], body: nil, bodyLength: .none,
            readsAsPrimary: true, wantsAnswer: true)
        return client.start(request, sink: sink, on: eventLoop)
    }

    /// Starts an attempt and waits for its end.
    func call(
        _ method: String = "GET", _ target: String = "/", headers: Headers = ["Host": "a.test"], body: RequestBody? = nil,
        length: BodyLength = .none, wantsAnswer: Bool = true
    ) async throws -> Recorder.Story {
        let sink = Recorder()
        _ = start(method, target, headers: headers, body: body, length: length, wantsAnswer: wantsAnswer, sink: sink)
        return try await sink.ended()
    }

    /// A call with a body that is there already.
    func send(_ method: String, _ text: String, target: String = "/", wantsAnswer: Bool = true) async throws -> Recorder.Story {
        try await call(method, target, body: .whole(text), length: .sized(text.utf8.count), wantsAnswer: wantsAnswer)
    }
}

extension Headers: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral elements: (String, String)...) {
        self.init()
        for (name, value) in elements { append(name, value) }
    }
}

extension RequestBody {
    static func whole(_ text: String) -> RequestBody { whole(ByteBuffer(string: text)) }

    static func whole(_ bytes: ByteBuffer) -> RequestBody {
        let body = RequestBody(keep: 64 * 1024 * 1024, window: 64 * 1024 * 1024)
        if bytes.readableBytes > 0 { _ = body.append(bytes) }
        body.finish()
        return body
    }
}

/// Runs a test with a server and a client, and takes both away after it.
func onStage(
    _ server: ScriptedServer, _ configure: (inout UpstreamSettings) -> Void = { _ in }, _ test: (Stage) async throws -> Void
) async throws {
    let stage = try Stage(port: server.port, configure)
    do {
        try await test(stage)
    } catch {
        await stage.client.shutdown()
        await server.stop()
        throw error
    }
    await stage.client.shutdown()
    await server.stop()
}
