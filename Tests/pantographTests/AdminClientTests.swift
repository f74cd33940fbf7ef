import Admin
import Dispatch
import Exchange
import Foundation
import NIOCore
import NIOPosix
import Spool
import Testing

@testable import pantograph

/// The command line's side of the API, against the API itself.
@Suite struct AdminClientTests {
    /// The client waits on a thread of its own: those that tasks run on are the listener's too.
    private func asking<Result: Sendable>(
        _ address: AdminAddress, token: AdminToken? = nil, _ work: @escaping @Sendable (AdminClient) throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue(label: "client").async { continuation.resume(with: Swift.Result { try work(AdminClient(address, token: token)) }) }
        }
    }

    private func withListener(
        _ listen: ListenAddress = .ip(host: "127.0.0.1", port: 0), token: String? = nil, _ work: (AdminAddress) async throws -> Void
    ) async throws {
        var sources = AdminClientTests.sources()
        sources.token = try token.map { try SecretReader(.literal($0)) }
        let server = AdminServer(
            listen: listen, allowRemote: false, group: MultiThreadedEventLoopGroup.singleton, sources: sources)
        let address = AdminAddress(try await server.start())
        do { try await work(address) } catch {
            await server.shutdown()
            throw error
        }
        await server.shutdown()
    }

    private static func sources() -> AdminSources {
        guard let traceID = TraceID(high: 1, low: 2), let spanID = SpanID(3) else { preconditionFailure() }
        let at = WallTime(nanosecondsSinceEpoch: 1_795_501_522_004_312_000)
        let exchange = SpooledExchange(
            id: ExchangeID(high: 1, low: 2), route: "orders", receivedAt: at, method: "POST", target: "/orders",
            headers: Headers(["Authorization": "hush"]), body: ByteBuffer(string: "abc"),
            trace: TraceContext(traceID: traceID, spanID: spanID, flags: []))
        let attempt = AttemptEntry(
            number: 1, startedAt: at, endedAt: at, errorClass: .http5xx, status: 503, detail: "503", answer: ByteBuffer(string: "busy"))
        let dead = DeliveryView(
            id: DeliveryID(17), upstream: "my_upstream", state: .dead, attempts: 1, lastClass: .http5xx, lastStatus: 503, skipReason: nil,
            nextAttemptAt: nil, settledAt: at, replays: 0, entries: [attempt])
        let letter = DeadLetter(delivery: dead, exchange: exchange)
        let deliveries = DeliverySources(
            exchange: { id throws(SpoolFault) in
                id == exchange.id ? ExchangeView(exchange: exchange, finishedAt: at, deliveries: [dead]) : nil
            },
            exchanges: { _ throws(SpoolFault) in [ExchangeView(exchange: exchange, finishedAt: nil, deliveries: [dead])] },
            deadLetter: { id throws(SpoolFault) in id == dead.id ? letter : nil },
            deadLetters: { filter throws(SpoolFault) in
                // More than two pages.
                (1...1200).filter { $0 > filter.after?.value ?? 0 }.prefix(filter.limit).map { number in
                    let view = DeliveryView(
                        id: DeliveryID(number), upstream: "a", state: .dead, attempts: 1, lastClass: nil, lastStatus: nil,
                        skipReason: nil, nextAttemptAt: nil, settledAt: at, replays: 0, entries: [])
                    return DeadLetter(delivery: view, exchange: exchange)
                }
            },
            replay: { filter, _, _ throws(SpoolFault) in filter.ids?.count ?? 0 }, discard: { _ throws(SpoolFault) in 0 })
        var standing = UpstreamStanding(name: "inventory", url: "http://a.test")
        standing.breaker = .open
        standing.pausedFor = 2
        standing.latency = [.primary: .init(p50: 0.001, p99: 0.2), .mirror: .init(p50: 0.002)]
        return AdminSources(
            exposition: { _ in ("text/plain", []) }, notReady: { ["draining"] }, configuration: "{}", upstreams: { [standing] in [standing] },
            deliveries: deliveries)
    }

    @Test func exchangesAreReadAsTheyAreShown() async throws {
        try await withListener { address async throws in
            let page = try await asking(address) { try $0.read(ExchangeEntry.Page.self, "GET", "/api/exchanges") }
            #expect(page.exchanges.count == 1 && page.next == nil && page.exchanges[0].standing == "1 dead")
            let exchange = try await asking(address) {
                try $0.read(ExchangeEntry.self, "GET", "/api/exchanges/00000000-0000-0001-0000-000000000002")
            }
            // Names of upstreams are not taken for names of members.
            let delivery = try #require(exchange.deliveries["my_upstream"])
            #expect(delivery.deadLetterId == 17 && delivery.history?.first?.durationMs == 0 && delivery.last == "503 http_5xx")
            #expect(ExchangeTables.deliveries(exchange, now: Date()).text(width: 90).contains("my_upstream"))
        }
    }

    @Test func lettersAreReadAsTheyAreShown() async throws {
        try await withListener { address async throws in
            let letter = try await asking(address) { try $0.read(LetterEntry.self, "GET", "/api/dead-letters/17") }
            #expect(letter.headers?.first?.value == "REDACTED" && letter.bodyBytes == 3)
            #expect(LetterTables.answers(letter.history ?? []) == "\nanswer to attempt 1\n    busy\n")
        }
    }

    @Test func upstreamsAreReadAsTheyAreShown() async throws {
        try await withListener { address async throws in
            let list = try await asking(address) { try $0.read(UpstreamEntry.List.self, "GET", "/api/upstreams") }
            let lines = UpstreamEntry.table(list.upstreams).text(width: 90).split(separator: "\n")
            #expect(lines.count == 3 && lines[1].contains("open") && lines[1].contains("2s") && lines[1].contains("primary"))
            #expect(lines[2].contains("mirror") && lines[2].contains("2.00ms"))
            let readiness = try await asking(address) { try $0.ask("GET", "/readyz", alsoWanted: [503]) }
            #expect(readiness.status == 503)
        }
    }

    @Test func aSelectionIsGatheredOverAllPages() async throws {
        try await withListener { address async throws in
            let ids = try await asking(address) { try LetterSelection.parse(["--all"]).gathered(from: $0) }
            #expect(ids == Array(1...1200))
            let named = try await asking(address) { try LetterSelection.parse(["3", "1", "3"]).gathered(from: $0) }
            #expect(named == [3, 1])
            let answer = try await asking(address) {
                try $0.read([String: Int].self, "POST", "/api/dead-letters/replay", body: LetterDeed(name: "replay", done: "replayed").body(named))
            }
            #expect(answer == ["replayed": 2])
        }
    }

    @Test func aRefusalHasTheAPIsOwnWords() async throws {
        try await withListener { address async throws in
            await #expect(throws: AskingFault.refused(status: 404, "There is no dead letter 5: it never was one, or was replayed or discarded.")) {
                try await asking(address) { try $0.ask("GET", "/api/dead-letters/5").status }
            }
        }
    }

    @Test func withItsTokenASidecarAnswersAndStreams() async throws {
        let token = try AdminToken(.literal("let me in"), source: "a file")
        try await withListener(token: "let me in") { address async throws in
            let page = try await asking(address, token: token) { try $0.read(ExchangeEntry.Page.self, "GET", "/api/exchanges") }
            #expect(page.exchanges.count == 1)
            let answer = try await asking(address, token: token) {
                try $0.read([String: Int].self, "POST", "/api/dead-letters/replay", body: LetterDeed(name: "replay", done: "replayed").body([3]))
            }
            #expect(answer == ["replayed": 1])
            // There is nothing to follow here: it was let in, and told so.
            await #expect(throws: AskingFault.refused(status: 404, "No exchange can be followed here.")) {
                try await asking(address, token: token) { try LineStream.follow($0, "/api/tap") { _ in } }
            }
        }
    }

    @Test func withoutItsTokenOrWithAnotherItSaysWhatToSet() async throws {
        let wrong = try AdminToken(.literal("let me"), source: "PANTOGRAPH_ADMIN_TOKEN")
        try await withListener(token: "let me in") { address async throws in
            for work in [{ @Sendable client in _ = try client.ask("GET", "/api/upstreams") }, { try LineStream.follow($0, "/api/tap") { _ in } }]
                as [@Sendable (AdminClient) throws -> Void]
            {
                let missing = await #expect(throws: AskingFault.self) { try await asking(address, work) }
                #expect(missing == .refused(status: 401, "The sidecar at \(address) wants its token. \(AdminToken.ways)"))
                let refused = await #expect(throws: AskingFault.self) { try await asking(address, token: wrong, work) }
                #expect(refused?.words.contains("does not take the token of PANTOGRAPH_ADMIN_TOKEN") == true)
            }
            #expect(try await asking(address) { try $0.ask("GET", "/readyz", alsoWanted: [503]).status } == 503)
        }
    }

    @Test func aTokenThatNoFieldCanCarryIsNotSent() throws {
        for text in ["a\nX-Other: b", "a\r", "\u{0}", "a\u{7F}"] {
            let fault = #expect(throws: AskingFault.self) { try AdminToken(.literal(text), source: "here") }
            #expect(fault?.words.hasPrefix("The token of here holds") == true)
        }
        let missing = #expect(throws: AskingFault.self) { try AdminToken(.file("/nowhere/token"), source: "/nowhere/token") }
        #expect(missing?.words.contains("/nowhere/token can't be read") == true)
    }

    @Test func overAUnixSocketItIsTheSame() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("pantograph-\(UUID().uuidString.prefix(8)).sock").path
        try await withListener(.unix(path: path)) { address async throws in
            #expect(try await asking(address) { try $0.ask("GET", "/livez").status } == 200)
        }
        await #expect(throws: AskingFault.self) { try await asking(AdminAddress(.unix(path: path))) { try $0.ask("GET", "/livez").status } }
    }

    @Test func whereNobodyListensASentenceSaysWhereAndWhatToDo() async throws {
        var closed: AdminAddress?
        try await withListener { closed = $0 }
        let address = try #require(closed)
        let fault = await #expect(throws: AskingFault.self) { try await asking(address) { try $0.ask("GET", "/livez").status } }
        guard case .unreachable(let words) = fault else {
            Issue.record("\(String(describing: fault))")
            return
        }
        #expect(words.contains("\(address)") && words.contains("--admin"))
    }
}
