import Exchange
import Glibc
import Testing

@testable import Upstream

/// What is wrong with the configuration is said when the client is made.
@Suite struct ClientErrorTests {
    private static func problem(_ configure: (inout UpstreamSettings) -> Void) -> UpstreamClientError? {
        var settings = UpstreamSettings(name: "inventory", url: BaseURL(scheme: "https", host: "127.0.0.1", port: 1, pathPrefix: ""))
        configure(&settings)
        do {
            _ = try UpstreamClient([settings], on: [])
            return nil
        } catch {
            return error
        }
    }

    @Test func caFileThatIsNotThere() {
        let error = Self.problem { $0.tls.caFile = "/nonexistent/ca.pem" }
        #expect(
            error?.description == "upstreams.inventory.tls.ca_file: /nonexistent/ca.pem can't be read (No such file or directory): "
                + "name a PEM file of CA certificates that this process may read")
    }

    @Test func caFileWithoutCertificate() {
        let error = Self.problem { $0.tls.caFile = "/dev/null" }
        #expect(error?.description.contains("holds no certificate in PEM form") == true)
    }

    @Test(arguments: ["", "a b", "[::1"]) func hostThatIsNone(host: String) {
        guard case .url(let upstream, _, let reason) = Self.problem({ $0.url.host = host }) else {
            Issue.record("\(host) was taken")
            return
        }
        #expect(upstream == "inventory" && !reason.isEmpty)
    }

    @Test func goodOnesAreTaken() {
        #expect(Self.problem { _ in } == nil)
        #expect(Self.problem { $0.url.host = "::1" } == nil)
        #expect(Self.problem { $0.url.scheme = "http" } == nil)
    }

    /// Clients that nobody shuts down take their thread with them.
    @Test func abandonedClientsEnd() async throws {
        for _ in 0..<50 { #expect(Self.problem { _ in } == nil) }
        try await eventually { Self.upstreamThreads() < 20 }
    }

    private static func upstreamThreads() -> Int {
        guard let directory = opendir("/proc/self/task") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard let file = fopen("/proc/self/task/\(name)/comm", "r") else { continue }
            defer { fclose(file) }
            var line = [CChar](repeating: 0, count: 32)
            if fgets(&line, 32, file) != nil, String(decoding: line.prefix { $0 != 10 && $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) == "upstream" { count += 1 }
        }
        return count
    }
}
