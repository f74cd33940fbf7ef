import Exchange
import Foundation
import Testing

@testable import Configuration

@Suite struct SpoolSectionTests {
    private let accepted = "routes:\n  - { name: r, match: { path: /** }, respond: accepted }\n"

    private func spool(_ text: String, file: String = "test.yaml", _ environment: [String: String] = [:]) throws -> SpoolSettings? {
        try ConfigurationReader(environment: environment).read(text: twoUpstreams + text, file: file).get().settings.spool
    }

    private func found(_ keys: String) -> [String] {
        errors(twoUpstreams + "spool: \(keys)\n").map { "\($0.keyPath): \($0.message)" }
    }

    @Test func thereIsOneWhereItIsNeeded() throws {
        #expect(try spool("") == nil)
        #expect(try spool(accepted) == SpoolSettings(path: "./spool"))
        #expect(try spool("spool: {}\n") == SpoolSettings(path: "./spool"))
        let primary = "routes:\n  - { name: r, match: { path: /** }, respond: inventory, durable: DURABLE }\n"
        #expect(try spool(primary.replacing("DURABLE", with: "false")) == nil)
        #expect(try spool(primary.replacing("DURABLE", with: "true")) == SpoolSettings(path: "./spool"))
        #expect(warnings(twoUpstreams + "spool: {}\n").isEmpty)
    }

    @Test func everyKey() throws {
        let spool = try #require(try spool("spool: { path: /var/s, max_size: 1MiB, max_body: 1MiB, memory: 2MiB, sync: normal, keep: 7d }\n"))
        #expect(spool.path == "/var/s" && spool.maxSize == 1 << 20 && spool.maxBody == 1 << 20 && spool.memory == 2 << 20)
        #expect(try self.spool("spool: { max_body: 100MiB }\n")?.memory == 100 << 20, "room for one at least")
        #expect(spool.sync == .normal && spool.keep == .seconds(7 * 86_400))
        #expect(try self.spool("spool: { path: \"${DIR}/s\" }\n", ["DIR": "/var"])?.path == "/var/s")
    }

    @Test func itsPathBeginsAtTheFile() throws {
        #expect(try spool(accepted, file: "/etc/pantograph/p.yaml")?.path == "/etc/pantograph/spool")
        #expect(try spool("spool: { max_size: 2GiB }\n", file: "conf/p.yaml")?.path == "conf/spool")
        #expect(try spool("spool: { path: kept }\n", file: "conf/p.yaml")?.path == "conf/kept")
        #expect(try spool("spool: { path: ../kept }\n", file: "conf/p.yaml")?.path == "conf/../kept")
        #expect(try spool("spool: { path: /kept }\n", file: "conf/p.yaml")?.path == "/kept")
    }

    @Test(arguments: [
        ("./spool", "spool: expected a block of keys, found a text"), ("~", "spool: has no value"),
        ("{ path: \"\" }", "spool.path: expected the path of a directory"), ("{ path: [a] }", "spool.path: expected the path"),
        ("{ max_size: 1023KiB }", "spool.max_size: must be from 1MiB to 1TiB"), ("{ max_size: big }", "spool.max_size: expected a size"),
        ("{ max_body: 0 }", "spool.max_body: must be from 1 to 512MiB"), ("{ max_body: 513MiB }", "spool.max_body: must be from 1"),
        ("{ max_body: 32MiB, max_size: 16MiB }", "spool.max_body: max_body (32MiB) is larger than max_size (16MiB)"),
        ("{ max_size: 8MiB }", "spool.max_size: max_body (16MiB) is larger than max_size (8MiB)"),
        ("{ memory: 1MiB }", "spool.memory: memory (1MiB) is smaller than max_body (16MiB)"),
        ("{ sync: off }", "spool.sync: expected one of full, normal"), ("{ keep: 0s }", "spool.keep: must be from 1s to 366d"),
        ("{ keep: 367d }", "spool.keep: must be from 1s to 366d"), ("{ maxsize: 1GiB }", "spool.maxsize: unknown key"),
        ("{ max_body: x, max_size: 1MiB }", "spool.max_body: expected a size"),
    ])
    func refuses(_ keys: String, _ message: String) {
        #expect(found(keys).count == 1, "\(found(keys))")
        #expect(found(keys).first?.hasPrefix(message) == true, "\(found(keys))")
    }

    @Test(arguments: [
        ("limits: { body: 1MiB }", "limits.body", "limits.body (1MiB) is smaller than spool.max_body (16MiB)"),
        ("limits: { body: 1MiB }\nspool: { max_body: 2MiB }", "spool.max_body", "limits.body (1MiB) is smaller"),
        ("spool: { max_body: 300MiB }", "spool.max_body", "limits.body (256MiB) is smaller than spool.max_body (300MiB)"),
        ("limits: { body: 16MiB }", nil, ""), ("spool: { max_body: 256MiB }", nil, ""),
    ])
    func theSmallerBodyHolds(_ keys: String, _ keyPath: String?, _ message: String) {
        let upstreams = twoUpstreams.replacing("v2\" }", with: "v2\", credentials: none }")
        let found = warnings(upstreams + accepted + keys + "\n")
        #expect(found.map(\.keyPath) == (keyPath.map { [$0] } ?? []) && (found.first?.message ?? "").hasPrefix(message), "\(found)")
        #expect(warnings(upstreams + keys + "\n").isEmpty)
    }
}
