package import Exchange
package import Listening
package import NIOCore
internal import NIOHTTP1
internal import NIOPosix
internal import Synchronization

/// The listener for people, for Prometheus and for the command line: the page, `/metrics`, `/livez`, `/readyz` and `/api/…`.
package final class AdminServer: Sendable {
    private let address: ListenAddress
    private let allowRemote: Bool
    private let group: any EventLoopGroup
    private let desk: Desk
    private let listener = Mutex<Listener?>(nil)
    private let connections = Connections()

    /// - Parameter hosts: names under which its page and its API are there, beside loopback's and its own address.
    package init(
        listen: ListenAddress, allowRemote: Bool, group: any EventLoopGroup, sources: AdminSources, hosts: [String] = []
    ) {
        self.address = listen
        self.allowRemote = allowRemote
        self.group = group
        self.desk = Desk(sources: sources, provenance: Provenance(listen: listen, hosts: hosts))
    }

    /// Binds and answers from then on.
    ///
    /// - Returns: the address that was taken.
    /// - Throws: `ListenError`.
    package func start() async throws(ListenError) -> ListenAddress {
        let bound = try await Listener.bind(address, allowRemote: allowRemote) { self.bootstrap }
        listener.withLock { $0 = bound }
        return bound.address
    }

    package func shutdown() async {
        await listener.withLock { $0.take() }?.close()
        connections.closeAll()
    }

    private var bootstrap: ServerBootstrap {
        ServerBootstrap(group: group)
            .childChannelInitializer { [desk, connections] channel in
                guard connections.enter(channel) else { return channel.close() }
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withErrorHandling: true)
                    try pipeline.addHandler(IdleStateHandler(allTimeout: .seconds(60)))
                    try pipeline.addHandler(AdminHandler(desk))
                }
            }
    }
}

/// The open admin connections, of which there are at most 64: a scraper and a few people need no more.
private final class Connections: Sendable {
    private static let bound = 64
    private let open = Mutex<[ObjectIdentifier: any Channel]>([:])

    func enter(_ channel: any Channel) -> Bool {
        let id = ObjectIdentifier(channel)
        let isAdmitted = open.withLock { open -> Bool in
            guard open.count < Connections.bound else { return false }
            open[id] = channel
            return true
        }
        if isAdmitted {
            channel.closeFuture.whenComplete { [self] _ in open.withLock { $0[id] = nil } }
        }
        return isAdmitted
    }

    func closeAll() {
        for channel in open.withLock({ Array($0.values) }) {
            channel.pipeline.fireUserInboundEventTriggered(StreamsEnd())
            channel.close(promise: nil)
        }
    }
}
