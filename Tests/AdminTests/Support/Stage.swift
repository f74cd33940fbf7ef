import Exchange
import NIOPosix

@testable import Admin

/// An admin listener of this process on a free port, or on another address, and short ways to ask it.
final class Stage: Sendable {
    /// 2026-11-24T06:25:22.004312Z
    static let now = WallTime(nanosecondsSinceEpoch: 1_795_501_522_004_312_000)

    let address: ListenAddress
    private let server: AdminServer

    init(
        _ shelf: Shelf? = nil, listen: ListenAddress = .ip(host: "127.0.0.1", port: 0), notReady: [String] = [],
        upstreams: [UpstreamStanding] = [], hosts: [String] = [], deliveries: DeliverySources? = nil,
        live: LiveSources? = nil, token: String? = nil
    ) async throws {
        let sources = AdminSources(
            exposition: { accept in ("text/plain; of=\(accept ?? "")", Array("up 1\n".utf8)) }, notReady: { notReady },
            configuration: "{\"drain\":\"7s\"}\n", upstreams: { upstreams }, deliveries: deliveries ?? shelf?.sources,
            live: live, token: try token.map { try SecretReader(.literal($0)) }, now: { Stage.now })
        server = AdminServer(
            listen: listen, allowRemote: false, group: MultiThreadedEventLoopGroup.singleton, sources: sources, hosts: hosts)
        address = try await server.start()
    }

    func stop() async { await server.shutdown() }

    /// Asks on a connection of its own.
    func ask(_ method: String, _ target: String, body: String? = nil, fields: [String] = [], host: String? = nil) async throws -> Reply {
        let peer = try Peer(address)
        await peer.send(request(method, target, body: body, fields: fields + ["Connection: close"], host: host))
        return try Reply(await peer.receiveAll())
    }

    func request(_ method: String, _ target: String, body: String? = nil, fields: [String] = [], host: String? = nil) -> String {
        var lines = ["\(method) \(target) HTTP/1.1", "Host: \(host ?? authority)"] + fields
        if let body { lines.append("Content-Length: \(body.utf8.count)") }
        return lines.joined(separator: "\r\n") + "\r\n\r\n" + (body ?? "")
    }

    var authority: String {
        if case .ip = address { return address.description }
        return "localhost"
    }

    func get(_ target: String) async throws -> Reply { try await ask("GET", target) }
}

/// Runs `work` with a listener that ends with it.
func withStage(
    _ shelf: Shelf? = nil, listen: ListenAddress = .ip(host: "127.0.0.1", port: 0), notReady: [String] = [],
    upstreams: [UpstreamStanding] = [], hosts: [String] = [], deliveries: DeliverySources? = nil,
    live: LiveSources? = nil, token: String? = nil, _ work: (Stage) async throws -> Void
) async throws {
    let stage = try await Stage(
        shelf, listen: listen, notReady: notReady, upstreams: upstreams, hosts: hosts, deliveries: deliveries, live: live, token: token)
    do {
        try await work(stage)
    } catch {
        await stage.stop()
        throw error
    }
    await stage.stop()
}
