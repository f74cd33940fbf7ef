import Exchange
import Testing

@testable import pantograph

@Suite struct AdminAddressTests {
    @Test(arguments: [
        ("127.0.0.1:4101", "http://127.0.0.1:4101"), ("[::1]:4101", "http://[::1]:4101"), ("http://sidecar.test:80", "http://sidecar.test:80"),
        ("unix:/run/p.sock", "http://localhost"),
    ])
    func addressesAreRead(_ text: String, _ base: String) {
        #expect(AdminAddress(argument: text)?.base == base)
    }

    @Test(arguments: [
        "", "127.0.0.1", ":4101", "4101", "a:0", "a:65536", "a:-1", "::1:4101", "unix:", "https://a:1", "a/b:1", "a@b:1", "a?b:1", "a b:1", "[]:1",
    ])
    func whatIsNoAddressIsNone(_ text: String) {
        #expect(AdminAddress(argument: text) == nil)
    }

    @Test func aListenerOfEveryAddressIsReachedOverLoopback() {
        #expect(AdminAddress(.ip(host: "0.0.0.0", port: 9)).description == "127.0.0.1:9")
        #expect(AdminAddress(.ip(host: "::", port: 9)).description == "[::1]:9")
        #expect(AdminAddress(.unix(path: "/a")).description == "unix:/a")
    }
}
