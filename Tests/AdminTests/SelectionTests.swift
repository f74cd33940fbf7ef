import Exchange
import Foundation
import Spool
import Testing

@testable import Admin

@Suite struct SelectionTests {
    private static let letters = [
        Sample.letter(1), Sample.letter(2, "inventory", .connectRefused), Sample.letter(3, route: "returns"),
        Sample.letter(4, settledAt: Sample.ago(30)),
    ]

    @Test(arguments: [
        ("{\"ids\":[1,3,99]}", [2, 4]), ("{\"upstream\":\"shipping\"}", [2]), ("{\"route\":\"returns\"}", [1, 2, 4]),
        ("{\"class\":\"connect_refused\"}", [1, 3, 4]), ("{\"older_than\":\"10m\"}", [4]), ("{\"all\":true}", []),
        ("{\"all\":true,\"upstream\":\"inventory\"}", [1, 3, 4]), ("{\"ids\":[1,2],\"upstream\":\"inventory\"}", [1, 3, 4]),
        ("{\"upstream\":\"nobody\"}", [1, 2, 3, 4]), ("{\"all\":true,\"ids\":null}", []),
    ] as [(String, [Int64])])
    func whatIsMeantGoesAndTheRestStays(_ body: String, _ left: [Int64]) async throws {
        for (name, done) in [("replay", "replayed"), ("discard", "discarded")] {
            let shelf = Shelf(letters: SelectionTests.letters)
            try await withStage(shelf) { stage async throws in
                let reply = try await stage.ask("POST", "/api/dead-letters/\(name)", body: body)
                #expect(reply.status == 200)
                #expect(try reply.document[done] as? Int == 4 - left.count)
                #expect(shelf.letterIDs == left)
            }
        }
    }

    @Test func aReplayIsToldItsRateAndTheTime() async throws {
        let shelf = Shelf(letters: SelectionTests.letters)
        try await withStage(shelf) { stage async throws in
            #expect(try await stage.ask("POST", "/api/dead-letters/replay", body: "{\"all\":true,\"rate\":\"100/1m\"}").status == 200)
            let replay = try #require(shelf.replays.first)
            #expect(replay.rate == RateSettings(count: 100, per: .seconds(60)) && replay.now == Stage.now)
            #expect(replay.ids == nil && replay.upstream == nil && replay.settledBefore == nil)
        }
    }

    @Test func moreThanAListsPageIsMeantWhereAFilterMatchesMore() async throws {
        let shelf = Shelf(letters: (1...600).map { Sample.letter($0) })
        try await withStage(shelf) { stage async throws in
            let reply = try await stage.ask("POST", "/api/dead-letters/replay", body: "{\"upstream\":\"shipping\"}")
            #expect(try reply.document["replayed"] as? Int == 600 && shelf.letterIDs.isEmpty)
        }
    }

    @Test(arguments: [
        ("", "empty"), ("{}", "Say which"), ("{\"all\":false}", "Say which"), ("{\"rate\":\"1/1s\"}", "Say which"), ("[1,2]", "not a JSON object"),
        ("{\"ids\":[1,", "not a JSON object"), ("\u{1}", "not a JSON object"), ("{\"ids\":[]}", "ids:"), ("{\"ids\":7}", "ids:"),
        ("{\"ids\":[1.5]}", "ids:"), ("{\"ids\":[\"1\"]}", "ids:"), ("{\"ids\":[99999999999999999999]}", "ids:"), ("{\"ids\":[1],\"all\":true}", "all:"),
        ("{\"all\":\"yes\"}", "all:"), ("{\"all\":1}", "all:"), ("{\"upstream\":7}", "upstream:"), ("{\"upstream\":\"\"}", "upstream:"), ("{\"class\":\"http5xx\"}", "did you mean 'http_5xx'?"),
        ("{\"older_than\":\"soon\"}", "older_than:"), ("{\"rate\":\"fast\",\"all\":true}", "rate:"), ("{\"rate\":\"0/1s\",\"all\":true}", "rate:"),
        ("{\"rate\":\"1/0s\",\"all\":true}", "rate:"), ("{\"rate\":\"+1/1s\",\"all\":true}", "rate:"), ("{\"upstreams\":\"a\"}", "did you mean 'upstream'?"),
    ])
    func aBodyThatCanNotBeUsedIs400AndTouchesNothing(_ body: String, _ words: String) async throws {
        let shelf = Shelf(letters: SelectionTests.letters)
        try await withStage(shelf) { stage async throws in
            let reply = try await stage.ask("POST", "/api/dead-letters/replay", body: body)
            #expect(reply.status == 400)
            let detail = try reply.detail
            #expect(detail.contains(words), "\(detail)")
            #expect(shelf.replays.isEmpty && shelf.letterIDs.count == 4)
        }
    }

    @Test func aDiscardTakesNoRate() async throws {
        let shelf = Shelf(letters: SelectionTests.letters)
        try await withStage(shelf) { stage async throws in
            let reply = try await stage.ask("POST", "/api/dead-letters/discard", body: "{\"all\":true,\"rate\":\"1/1s\"}")
            #expect(try reply.status == 400 && reply.detail.hasPrefix("rate:") && shelf.discards.isEmpty)
        }
    }

    @Test func idsAreBounded() async throws {
        let shelf = Shelf(letters: [Sample.letter(1)])
        try await withStage(shelf) { stage async throws in
            let most = (1...Selection.mostIDs).map { String($0) }.joined(separator: ",")
            #expect(try await stage.ask("POST", "/api/dead-letters/replay", body: "{\"ids\":[\(most)]}").status == 200)
            let reply = try await stage.ask("POST", "/api/dead-letters/replay", body: "{\"ids\":[\(most),1001]}")
            #expect(try reply.status == 400 && reply.detail.contains("1001"))
        }
    }

    @Test func aQueryOfAReplayIsRefusedRatherThanIgnored() async throws {
        let shelf = Shelf(letters: SelectionTests.letters)
        try await withStage(shelf) { stage async throws in
            #expect(try await stage.ask("POST", "/api/dead-letters/replay?upstream=inventory", body: "{\"all\":true}").status == 400)
            #expect(shelf.replays.isEmpty)
        }
    }
}
