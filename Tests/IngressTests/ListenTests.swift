import Exchange
import Foundation
import NIOCore
import Testing

@testable import Ingress
@testable import Listening

#if canImport(Glibc)
import Glibc
#endif

/// Binding, and stopping again.
@Suite struct ListenTests {
    private func server(_ listen: ListenAddress, allowRemote: Bool = false) -> Server {
        Server(listen: listen, allowRemote: allowRemote, limits: .patient, group: loops, accepting: Scripted())
    }

    private func error(_ listen: ListenAddress, allowRemote: Bool = false) async -> ListenError? {
        let server = server(listen, allowRemote: allowRemote)
        do {
            _ = try await server.start()
            await server.stopAccepting()
            return nil
        } catch { return error }
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.255.0.9", true), ("::1", true), ("localhost", true), ("LOCALHOST", true), ("::ffff:127.0.0.1", true),
        ("0.0.0.0", false), ("::", false), ("10.0.0.1", false), ("128.0.0.1", false), ("::ffff:10.0.0.1", false), ("::2", false), ("1::1", false),
        ("example.com", false), ("", false), ("localhost.example.com", false),
    ])
    func loopbackIsToldFromTheRest(host: String, expected: Bool) {
        #expect(ListenAddress.ip(host: host, port: 1).isLoopback == expected)
    }

    @Test func socketsAreLoopback() {
        #expect(ListenAddress.unix(path: "/x").isLoopback)
    }

    @Test func addressesThatCanNotBeListenedOnSayWhy() async {
        for host in ["0.0.0.0", "::", "10.1.2.3", "example.com"] {
            let address = ListenAddress.ip(host: host, port: 0)
            #expect(await error(address) == .notLoopback(address))
        }
        let name = ListenAddress.ip(host: "example.com", port: 0)
        #expect(await error(name, allowRemote: true) == .notAnAddress(name))
        let foreign = ListenAddress.ip(host: "203.0.113.7", port: 0)
        #expect(await error(foreign, allowRemote: true) == .notAvailable(foreign))
        for port in [-1, 65_536] {
            let address = ListenAddress.ip(host: "127.0.0.1", port: port)
            #expect(await error(address) == .invalidPort(address))
        }
    }

    @Test(arguments: ["127.0.0.1", "::1", "localhost"])
    func aPortInUseIsNamed(host: String) async throws {
        try await serving(listen: .ip(host: host, port: 0)) { _, address in
            let error = await error(address)
            guard case .inUse(let inUse) = error, case .ip(_, let port) = address else {
                Issue.record("\(String(describing: error))")
                return
            }
            #expect(inUse.description.hasSuffix(":\(port)"))
        }
    }

    @Test func aPortIsFreeAgainAfterStopping() async throws {
        let address = try await serving { _, address in address }
        try await serving(listen: address) { _, again in #expect(again == address) }
    }

    @Test func aSocketFileIsRemovedInTheEnd() async throws {
        let path = temporaryPath()
        try await serving(listen: .unix(path: path)) { _, _ in #expect(FileManager.default.fileExists(atPath: path)) }
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func aLiveSocketIsNotTakenAway() async throws {
        let address = ListenAddress.unix(path: temporaryPath())
        try await serving(listen: address) { _, _ in
            #expect(await error(address) == .pathInUse(address))
            let client = try await address.connect()
            try await client.send(ConnectionTests.get)
            #expect(try await client.receive(endingIn: "\r\n\r\n") == ConnectionTests.ok())
        }
    }

    @Test func aSocketThatNobodyListensOnIsReplaced() async throws {
        let path = temporaryPath()
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        let bound = withUnsafePointer(to: &name) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        try #require(bound == 0)
        close(descriptor)
        #expect(FileManager.default.fileExists(atPath: path))
        try await serving(listen: .unix(path: path)) { _, address in
            let client = try await address.connect()
            try await client.send(ConnectionTests.get)
            #expect(try await client.receive(endingIn: "\r\n\r\n") == ConnectionTests.ok())
        }
    }

    @Test func otherFilesAreLeftAlone() async throws {
        let path = temporaryPath()
        try Data("mine".utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let address = ListenAddress.unix(path: path)
        #expect(await error(address) == .pathIsNoSocket(address))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("mine".utf8))
        let directory = ListenAddress.unix(path: FileManager.default.temporaryDirectory.path)
        #expect(await error(directory) == .pathIsNoSocket(directory))
    }

    @Test func pathsThatCanNotBeBoundSayWhy() async {
        let long = ListenAddress.unix(path: "/tmp/" + String(repeating: "x", count: 103))
        #expect(await error(long) == .pathTooLong(long, limit: 107))
        let nowhere = ListenAddress.unix(path: "/no/such/directory/x.sock")
        #expect(await error(nowhere) == .directoryMissing(nowhere))
        let empty = ListenAddress.unix(path: "")
        #expect(await error(empty) == .pathTooLong(empty, limit: 107))
    }

    @Test func everyErrorNamesTheAddressAndEndsInAFullStop() {
        let address = ListenAddress.ip(host: "127.0.0.1", port: 4100)
        let errors: [ListenError] = [
            .inUse(address), .notAvailable(address), .notPermitted(address), .notLoopback(address), .notAnAddress(address),
            .invalidPort(address), .pathTooLong(address, limit: 107), .pathInUse(address), .pathIsNoSocket(address),
            .directoryMissing(address), .failed(address, reason: "it did."), .of(EMFILE, for: address),
        ]
        for error in errors {
            #expect(error.description.contains("127.0.0.1:4100"))
            #expect(error.description.hasSuffix("."))
        }
        #expect(ListenError.of(EADDRINUSE, for: address) == .inUse(address))
        #expect(ListenError.of(EACCES, for: address) == .notPermitted(address))
    }

    // MARK: Stopping

    @Test func stoppingClosesIdleConnectionsAndLetsExchangesFinish() async throws {
        let script = Scripted(react: { _, _ in })
        let server = Server(
            listen: .ip(host: "127.0.0.1", port: 0), allowRemote: false, limits: .patient, group: loops, accepting: script)
        let address = try await server.start()
        let idle = try await address.connect()
        let busy = try await address.connect()
        try await busy.send(ConnectionTests.get)
        #expect(try await eventually { script.seen.told.first == [.bodyEnded] && server.openConnections == 2 })

        await server.stopAccepting()
        #expect(try await idle.receiveAll() == "")
        await #expect(throws: (any Error).self) { try await address.connect() }
        #expect(try await eventually { server.openConnections == 1 })

        script.onLoop { $0.answer(200, "done") }
        #expect(try await busy.receiveAll() == "HTTP/1.1 200 OK\r\ncontent-length: 4\r\nconnection: close\r\n\r\ndone")
        await server.drained()
        #expect(server.openConnections == 0)
    }

    @Test func closingAllEndsExchangesUnderWay() async throws {
        let script = Scripted.silent()
        let server = Server(
            listen: .ip(host: "127.0.0.1", port: 0), allowRemote: false, limits: .patient, group: loops, accepting: script)
        let address = try await server.start()
        let client = try await address.connect()
        try await client.send(ConnectionTests.get)
        #expect(try await eventually { script.seen.told.first == [.bodyEnded] })
        await server.stopAccepting()
        server.closeAll()
        await server.drained()
        #expect(try await client.receiveAll() == "")
        #expect(try await eventually { script.seen.told.first?.count == 2 })
    }
}
