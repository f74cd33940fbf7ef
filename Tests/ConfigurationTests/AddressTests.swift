import Exchange
import Testing

@testable import Configuration

@Suite struct AddressTextTests {
    @Test(arguments: [
        ("127.0.0.1:4100", ListenAddress.ip(host: "127.0.0.1", port: 4100)), ("[::1]:4100", .ip(host: "::1", port: 4100)),
        ("localhost:0", .ip(host: "localhost", port: 0)), ("0.0.0.0:65535", .ip(host: "0.0.0.0", port: 65535)),
        ("unix:/run/p.sock", .unix(path: "/run/p.sock")), ("unix:p.sock", .unix(path: "/etc/p/p.sock")),
    ])
    func reads(_ text: String, _ address: ListenAddress) throws {
        #expect(try AddressText.parse(text, in: "/etc/p") == address)
    }

    @Test(arguments: [
        ("4100", "127.0.0.1:4100"), (":4100", "127.0.0.1:4100"), ("127.0.0.1", "127.0.0.1:4100"), ("::1", "[::1]:4100"),
        ("http://127.0.0.1:4100", "no scheme"), ("example.com:80", "names other than localhost"), ("unix:", "path"),
    ])
    func refusesWithAHint(_ text: String, _ hint: String) {
        #expect { try AddressText.parse(text, in: "") } throws: { ($0 as? Complaint)?.hint?.contains(hint) == true }
    }

    @Test(arguments: [
        "", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:", "127.0.0.1:x", "256.0.0.1:1", "[127.0.0.1]:1", "[::1]", "a b:1",
        "::1:4100",
    ])
    func refuses(_ text: String) {
        #expect(throws: Complaint.self) { try AddressText.parse(text, in: "") }
    }

    @Test func aSocketsPathHasABound() throws {
        let longest = "/" + String(repeating: "a", count: 106)
        #expect(try AddressText.parse("unix:\(longest)", in: "") == .unix(path: longest))
        #expect(throws: Complaint.self) { try AddressText.parse("unix:\(longest)a", in: "") }
    }

    @Test(arguments: [
        ("127.0.0.1", true), ("127.8.9.1", true), ("::1", true), ("localhost", true), ("::ffff:127.0.0.1", true),
        ("0.0.0.0", false),
        ("::", false), ("10.0.0.1", false), ("::2", false), ("::ffff:10.0.0.1", false), ("fe80::1", false), ("example.com", false),
    ])
    func loopback(_ host: String, _ isLoopback: Bool) {
        #expect(Loopback.contains(host) == isLoopback)
    }

    @Test(arguments: [
        ("127.0.0.1:1", "127.0.0.1:1", true), ("127.0.0.1:1", "127.0.0.1:2", false), ("127.0.0.1:1", "127.0.0.2:1", false),
        ("0.0.0.0:1", "127.0.0.1:1", true), ("[::]:1", "127.0.0.1:1", true), ("localhost:1", "[::1]:1", true),
        ("127.0.0.1:0", "127.0.0.1:0", false), ("unix:/a", "unix:/a", true), ("unix:/a", "unix:/b", false),
        ("unix:/a", "127.0.0.1:1", false),
    ])
    func collisions(_ left: String, _ right: String, _ collide: Bool) throws {
        let (left, right) = (try AddressText.parse(left, in: ""), try AddressText.parse(right, in: ""))
        #expect(left.collides(with: right) == collide)
        #expect(right.collides(with: left) == collide)
    }
}

@Suite struct AddressCheckTests {
    @Test func otherMachinesNeedAllowRemote() throws {
        let found = errors("listen: 0.0.0.0:4100\n" + twoUpstreams)
        #expect(found.map(\.code) == [.remoteAddress])
        #expect(found.first?.line == 1 && found.first?.column == 9 && found.first?.keyPath == "listen")
        #expect(found.first?.hint?.contains("allow_remote: true") == true)
        let checked = try checked("listen: 0.0.0.0:4100\nadmin: \"[::]:4101\"\nallow_remote: true\n" + twoUpstreams)
        #expect(checked.settings.admin.listen == .ip(host: "::", port: 4101))
    }

    @Test func listenAndAdminDiffer() {
        let found = errors("listen: 127.0.0.1:4101\n" + twoUpstreams)
        #expect(found.map(\.code) == [.conflict])
        #expect(found.first?.message.contains("'listen'") == true)
    }

    @Test(arguments: ["http://127.0.0.1:4100/x", "http://localhost:4100", "http://localhost:4101"])
    func anUpstreamIsNotPantographItself(_ url: String) {
        let found = errors("upstreams: { a: { url: \"\(url)\" } }\n")
        #expect(found.map(\.code) == [.conflict])
        #expect(found.first?.keyPath == "upstreams.a.url")
    }
}
