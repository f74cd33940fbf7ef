package import Exchange
package import NIOCore
internal import Synchronization

/// The door of the room: one HTTP request to one upstream, and what came of it.
///
/// Attempts at upstreams without TLS run on the event loop that has started them, all others on one thread, on which libcurl is
/// driven. Each upstream has connections of its own. Whoever starts attempts is told where an upstream's `inFlight` of them run.
package final class UpstreamClient: Sendable {
    private let gauges: [Gauge]
    /// By upstream, one for each station.
    private let tracks: [[Track]]
    private let mailbox: Mailbox
    private let thread: UpstreamThread
    let stations: [Station]
    private let hasShutDown = Atomic<Bool>(false)

    /// - Parameters:
    ///   - upstreams: in the order of the configuration: `UpstreamID.index` is the place in here.
    ///   - eventLoops: those on which attempts will be started. One that is started on any other is carried by the upstream thread.
    package convenience init(_ upstreams: [UpstreamSettings], on eventLoops: [any EventLoop]) throws(UpstreamClientError) {
        try self.init(upstreams, on: eventLoops, wholly: false)
    }

    /// - Parameter wholly: whether libcurl carries every request as a whole: for tests, which hold for both ways.
    init(_ upstreams: [UpstreamSettings], on eventLoops: [any EventLoop], wholly: Bool) throws(UpstreamClientError) {
        try LibCurl.prepare()
        for upstream in upstreams {
            guard let path = upstream.tls.caFile, let problem = CAFile.problem(path) else { continue }
            throw .caFile(upstream: upstream.name, path: path, reason: problem)
        }
        let gauges = upstreams.map { Gauge(limit: $0.inFlight) }
        let mailbox = try Mailbox(inFlight: upstreams.reduce(0) { $0 + $1.inFlight })
        // By upstream: whether the upstream thread carries its requests.
        let areElsewhere = upstreams.map { wholly || $0.url.isSecure }
        thread = try UpstreamThread(Driver(upstreams, gauges: gauges, mailbox: mailbox, wholly: wholly))
        let stations = Station.make(on: eventLoops, upstreams, areElsewhere, gauges: gauges, mailbox: mailbox)
        tracks = zip(gauges, areElsewhere).map { gauge, areElsewhere in
            stations.map { Track($0.eventLoop, gauge, areElsewhere ? mailbox : $0) }
        }
        (self.gauges, self.mailbox, self.stations) = (gauges, mailbox, stations)
    }

    deinit {
        mailbox.stop()
        // After a shutdown the event loops may be gone.
        guard !hasShutDown.load(ordering: .relaxed) else { return }
        for station in stations { station.eventLoop.execute { station.close() } }
    }

    /// Starts an attempt. From any thread; the sink is called on `eventLoop`, after this has returned, and is kept until its attempt
    /// has ended.
    ///
    /// It goes on the wire at once where a connection is free or may be opened, else when one becomes free. The sink hears
    /// how it ended in every case, also after `shutdown`.
    ///
    /// - Returns: nil where as many attempts are running as `limit.in_flight` allows; the sink then hears nothing.
    package func start(_ request: consuming AttemptRequest, sink: any AttemptSink, on eventLoop: any EventLoop) -> Attempt? {
        let track = track(to: request.upstream, on: eventLoop)
        guard track.enter() else { return nil }
        let attempt = Attempt(request, sink: sink, track: consume track)
        if !attempt.signal(.start) {
            attempt.track.leave()
            let outcome = AttemptOutcome.refused(attempt, Failure(.cancelled, "the sidecar is shutting down"))
            eventLoop.execute { attempt.deliver(.ended(outcome)) }
        }
        return attempt
    }

    private func track(to upstream: UpstreamID, on eventLoop: any EventLoop) -> Track {
        // As many as there are cores: looking through them is cheaper than hashing.
        for place in stations.indices where stations[place].eventLoop === eventLoop { return tracks[upstream.index][place] }
        return Track(eventLoop, gauges[upstream.index], mailbox)
    }

    /// Sockets open to the upstream.
    package func connections(of upstream: UpstreamID) -> Int { gauges[upstream.index].connections.load(ordering: .relaxed) }

    /// Attempts that have started and not ended, those that wait for a connection included.
    package func inFlight(of upstream: UpstreamID) -> Int { gauges[upstream.index].inFlight.load(ordering: .relaxed) }

    /// Ends what runs as `cancelled`, closes every connection and waits for the thread. The event loops must still run: the
    /// sinks hear of it there.
    package func shutdown() async {
        hasShutDown.store(true, ordering: .relaxed)
        for station in stations { try? await station.eventLoop.submit { station.close() }.get() }
        mailbox.stop()
        await thread.join()
    }
}
