import Exchange
import Synchronization
import Testing

@testable import Upstream

/// Who carries requests with TLS: libcurl until it is known that the upstream speaks HTTP/1.1, which is framed here.
@Suite struct SpokenTests {
    private static func driver(_ version: UpstreamSettings.HTTPVersion, wholly: Bool = false) throws -> (Driver, CurlOrigin) {
        var settings = UpstreamSettings(name: "a", url: BaseURL(scheme: "https", host: "127.0.0.1", port: 1, pathPrefix: ""))
        settings.httpVersion = version
        let driver = try Driver([settings], gauges: [Gauge(limit: 1)], mailbox: Mailbox(inFlight: 1), wholly: wholly)
        return (driver, try #require(driver.origins.first))
    }

    @Test func whatIsNotKnownIsLibcurls() throws {
        let (driver, origin) = try Self.driver(.automatic)
        #expect(origin.choose() === origin)
        // No answer tells nothing.
        origin.heard(nil)
        origin.heard("2")
        #expect(origin.choose() === origin)
        withExtendedLifetime(driver) {}
    }

    @Test func whatIsConfiguredNeedNotBeHeard() throws {
        let (driver, origin) = try Self.driver(.http1)
        #expect(origin.choose() === origin.wires)
        let (other, whole) = try Self.driver(.http1, wholly: true)
        #expect(whole.choose() === whole && whole.wires == nil)
        withExtendedLifetime((driver, other)) {}
    }

    @Test func http2IsOfferedAgainByOneRequest() throws {
        let (driver, origin) = try Self.driver(.automatic)
        origin.heard("1.1")
        #expect(origin.choose() === origin.wires)
        driver.now = driver.now.advanced(by: .seconds(600))
        #expect(origin.choose() === origin.wires)
        driver.now = driver.now.advanced(by: .seconds(1))
        #expect(origin.choose() === origin)
        #expect(origin.choose() === origin.wires, "one request is enough")
        // It came to nothing: the next one offers it.
        origin.heard(nil)
        #expect(origin.choose() === origin)
        origin.heard("1.1")
        #expect(origin.choose() === origin.wires)
        driver.now = driver.now.advanced(by: .seconds(601))
        #expect(origin.choose() === origin)
        origin.heard("2")
        #expect(origin.choose() === origin)
        #expect(origin.choose() === origin)
        withExtendedLifetime(driver) {}
    }

    @Test func http2IsNotOfferedWhereThereIsNoRoomForAnotherConnection() throws {
        let (driver, origin) = try Self.driver(.automatic)
        origin.heard("1.1")
        driver.now = driver.now.advanced(by: .seconds(601))
        let limit = origin.settings.connections
        origin.gauge.connections.wrappingAdd(limit, ordering: .relaxed)
        #expect(origin.choose() === origin.wires)
        origin.gauge.connections.wrappingSubtract(1, ordering: .relaxed)
        #expect(origin.choose() === origin)
        origin.gauge.connections.wrappingSubtract(limit - 1, ordering: .relaxed)
        withExtendedLifetime(driver) {}
    }

    /// What libcurl has open makes room for what takes its place.
    @Test(.enabled(if: Stage.isSecure), arguments: [1, 2]) func whereFewConnectionsMayBeOpenEveryCallIsAnsweredAllTheSame(limit: Int) async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")] }
        let configure: (inout UpstreamSettings) -> Void = { ($0.httpVersion, $0.connections) = (.automatic, limit) }
        try await onStage(server, configure) { stage async throws in
            for _ in 0..<5 {
                let sinks = (0..<20).map { _ in Recorder() }
                for sink in sinks { _ = stage.start(sink: sink) }
                for sink in sinks { #expect(try await sink.ended().outcome?.status == 200) }
                #expect(stage.connections <= limit)
            }
        }
    }

    /// libcurl's own connections are given up once they are not used any more.
    @Test(.enabled(if: Stage.isSecure)) func anUpstreamThatChoosesHTTP1IsCalledWithoutLibcurl() async throws {
        let server = try await ScriptedServer { _ in [.pause(.milliseconds(5)), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")] }
        try await onStage(server, { $0.httpVersion = .automatic }) { stage async throws in
            for _ in 0..<3 {
                let sinks = (0..<8).map { _ in Recorder() }
                for sink in sinks { _ = stage.start(sink: sink) }
                for sink in sinks { #expect(try await sink.ended().outcome?.protocolVersion == "1.1") }
            }
            // Of libcurl's at most one is left.
            try await server.wait { $0.open <= 9 }
            let before = server.connections
            for _ in 0..<8 { #expect(try await stage.call().outcome?.reusedConnection == true) }
            #expect(server.connections == before)
        }
    }
}
