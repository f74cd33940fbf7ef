import Foundation
import Testing

@testable import pantograph

/// What `exchanges` and `dead-letters` say.
@Suite struct ExchangeTextTests {
    private func exchange(_ states: [String: String], _ more: String = "") throws -> ExchangeEntry {
        let deliveries = states.map { "\"\($0.key)\":{\"state\":\"\($0.value)\",\"attempts\":1,\"replays\":0}" }.joined(separator: ",")
        let text = """
            {"id":"x","route":"r","received_at":"t","trace_id":"t","method":"GET","target":"/","deliveries":{\(deliveries)}\(more)}
            """
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(ExchangeEntry.self, from: Data(text.utf8))
    }

    @Test(arguments: [
        (["a": "delivered", "b": "delivered"], "2 delivered"), (["a": "dead"], "1 dead"), (["a": "pending", "b": "pending"], "2 pending"),
        (["a": "delivered", "b_c": "dead"], "b_c dead, 1 delivered"), (["a": "skipped", "b": "dead"], "b dead, a skipped"),
        (["a": "dead", "b": "dead", "c": "delivered"], "a b dead, 1 delivered"),
        (["a": "dead", "b": "dead", "c": "dead", "d": "delivered"], "3 dead, 1 delivered"), ([:], ""),
    ])
    func whatWantsAttentionIsNamed(_ states: [String: String], _ words: String) throws {
        #expect(try exchange(states).standing == words)
    }

    @Test(arguments: [
        (",\"status\":503,\"class\":\"breaker_open\",\"duration_ms\":0.5", "503 breaker_open, after 0.50ms"),
        (",\"status\":200,\"class\":null,\"duration_ms\":12.34", "200, after 12.3ms"),
        (",\"status\":null,\"class\":null,\"duration_ms\":2000", "nothing, after 2.00s"), ("", nil),
    ] as [(String, String?)])
    func whatTheApplicationGot(_ members: String, _ words: String?) throws {
        #expect(try exchange([:], members).answered == words)
    }

    @Test func namesThatTheConfigurationDoesNotHaveAreToldWithTheNearest() throws {
        let text = "{\"routes\":[{\"name\":\"orders\"}],\"upstreams\":{\"my_shipping\":{\"url\":\"u\"},\"inventory\":{}},\"drain\":\"10s\"}"
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let names = try decoder.decode(KnownNames.self, from: Data(text.utf8))
        #expect(names.complaints(about: try ExchangeFilter.parse(["--upstream", "my_shipping", "--route", "orders"])).isEmpty)
        #expect(names.complaints(about: try ExchangeFilter.parse(["--class", "reset"])).isEmpty)
        #expect(
            names.complaints(about: try ExchangeFilter.parse(["--upstream", "my_shiping", "--route", "x"])) == [
                "The sidecar's configuration has no route 'x'; known here: orders",
                "The sidecar's configuration has no upstream 'my_shiping'; did you mean 'my_shipping'?",
            ])
    }

    @Test(arguments: [
        ([7], 0, "There is no dead letter 7: it never was one, or was replayed or discarded."),
        ([7, 8], 0, "None of these 2 is a dead letter: they never were, or were replayed or discarded."),
        ([7, 8, 9], 1, "2 of these 3 are no dead letters: they never were, or were replayed or discarded."),
    ] as [([Int64], Int, String)])
    func whichOfThoseNamedAreNone(_ ids: [Int64], _ count: Int, _ words: String) {
        #expect(LetterDeed.missing(ids, found: count) == words)
    }
}
