package import Exchange
internal import Admin
internal import Ingress
internal import Logging
internal import NIOCore
internal import NIOPosix
internal import Policy
internal import Spool
internal import Telemetry
internal import Upstream

/// The running product: every room made and joined, in one straight line, leaves first.
package final class Sidecar: Sendable {
    package let listen: ListenAddress
    package let admin: ListenAddress
    private let settings: Settings
    private let telemetry: Telemetry
    private let group: MultiThreadedEventLoopGroup
    private let upstreams: UpstreamClient
    private let spool: Spool?
    private let works: Works
    private let door: Door
    private let ingress: Server
    private let adminServer: AdminServer
    private let readiness: Readiness
    private let probes: Probes

    /// Starts with checked settings; on return both addresses answer.
    ///
    /// - Parameters:
    ///   - configuration: what `GET /api/config` shows, as JSON.
    ///   - warnings: what is doubtful in the configuration, for the log.
    /// - Throws: an error whose description is one sentence for a person: an address in use, a file that can't be read.
    package init(_ settings: Settings, configuration: String, warnings: [String] = []) async throws {
        self.settings = settings
        let telemetry = Telemetry(settings, version: Version.current, recent: settings.admin.recent)
        self.telemetry = telemetry
        let token = try settings.admin.token.map { try SecretReader($0) }
        group = MultiThreadedEventLoopGroup(numberOfThreads: settings.threads > 0 ? settings.threads : System.coreCount)
        upstreams = try UpstreamClient(settings.upstreams, on: Array(group.makeIterator()))
        let activity = Activity()
        let contexts = group.makeIterator().map { LoopContext(eventLoop: $0, recorder: telemetry.makeRecorder(), activity: activity) }
        spool = try settings.spool.map { try Spool($0, compensations: Compensations(settings), observe: { telemetry.tell($0) }) }
        works = try Works(
            settings, upstreams: upstreams, via: Via(instance: .random(in: 0 ... .max)), spool: spool, contexts: contexts,
            activity: activity, telemetry: telemetry)
        door = Door(works, contexts)
        readiness = Readiness()
        ingress = Server(
            listen: settings.listen, allowRemote: settings.allowRemote, limits: settings.limits, group: group, accepting: door)
        let probes = Probes(works, on: contexts.map(\.eventLoop), telemetry: telemetry)
        self.probes = probes
        let standings = Standings(settings: settings, works: works, telemetry: telemetry, probes: probes)
        var sources = AdminSources(
            exposition: { telemetry.exposition(accept: $0) }, notReady: { [readiness] in readiness.reasons + probes.reasons },
            configuration: configuration, upstreams: { standings.all }, deliveries: spool.map { DeliverySources($0) },
            live: LiveSources(telemetry), token: token, agreement: { [works] in works.comparisons?.standings(settings) ?? [] })
        sources.redaction = settings.telemetry.redaction
        adminServer = AdminServer(
            listen: settings.admin.listen, allowRemote: settings.allowRemote, group: group, sources: sources,
            hosts: settings.admin.hosts)
        telemetry.setGauges { standings.gauges(of: $0) }
        if let spool, let kept = settings.spool {
            let faults = SpoolFault.Code.ofWriting.map(\.rawValue)
            telemetry.setSpoolGauges { SpoolGauges(bytes: spool.bytes, maxBytes: kept.maxSize, faults: faults) }
        }
        telemetry.start()
        for (upstream, count) in works.durable?.stranded ?? [] {
            telemetry.log.warning(
                "deliveries wait for an upstream that the configuration does not name: they stay in the spool until it does",
                metadata: ["upstream": "\(upstream)", "pending": "\(count)"])
        }
        if works.comparisons == nil, settings.routes.contains(where: { $0.compare != nil }) {
            telemetry.log.warning("answers are not compared: the system gives no thread for it")
        }
        for warning in warnings { telemetry.log.warning("configuration", metadata: ["finding": "\(warning)"]) }
        admin = try await adminServer.start()
        works.setAdmin(admin)
        works.durable?.deliveries.start()
        probes.start()
        listen = try await ingress.start()
        readiness.set([])
        telemetry.log.info("listening", metadata: ["listen": "\(listen)", "admin": "\(admin)", "version": "\(Version.current)"])
    }

    /// The page that `/metrics` shows, as text.
    var metrics: String { String(decoding: telemetry.exposition(accept: nil).body, as: UTF8.self) }

    /// Stops accepting, lets what is in flight finish within `drain`, and then ends everything in the order of the way of
    /// a call, so that nothing that a room has still to say finds the next one gone. Telemetry is last.
    package func shutDown() async {
        readiness.set(["draining"])
        probes.stop()
        telemetry.log.info("draining", metadata: ["for": "\(settings.drain)"])
        await ingress.stopAccepting()
        let deadline = Task { [telemetry, door, ingress, works, settings] in
            try await Task.sleep(for: settings.drain)
            telemetry.log.warning("drain is over: what is still in flight is cancelled")
            await door.cancelAll()
            works.durable?.deliveries.cancelAll()
            ingress.closeAll()
        }
        await ingress.drained()
        await works.activity.idle()
        await works.durable?.deliveries.drained()
        deadline.cancel()
        works.comparisons?.thread.close()
        await upstreams.shutdown()
        await spool?.close()
        await adminServer.shutdown()
        telemetry.log.info("stopped")
        await telemetry.shutdown()
        try? await group.shutdownGracefully()
    }
}
