import Exchange
import Foundation
import Testing

@testable import Configuration

@Suite struct ReportTests {
    private func full() throws -> Checked {
        let directory = try fullDirectory()
        let file = try directory.write("pantograph.yaml", fullConfiguration)
        return try ConfigurationReader(environment: fullEnvironment).read(file: file).get()
    }

    @Test func textSaysWhatWasUnderstood() throws {
        let text = try full().report.text
        for line in [
            "listen        127.0.0.1:4100",
            "  token   (redacted, from the environment: ADMIN_TOKEN)", "  hosts   pantograph.internal", "  recent  500",
            "  1. name                   orders", "     durable                no",
            "     match                  methods [POST], path /orders",
            "     primary                shipping", "     mirrors                inventory",
            "     mirrors                shipping, archive",
            "    url                  https://inventory.example.com/v2",
            "    credentials          bearer (redacted, from the environment: INVENTORY_TOKEN)",
            "    timeout              connect 2s, first_byte 10s, total 30s",
            "      on             connect, timeout, reset, 429, 5xx",
            "  2. name                payments", "     respond             accepted", "     to                  shipping, archive",
            "     idempotency         required yes, header X-Payment-Key", "     order_by            X-Customer",
            "     on_partial_failure  method POST, path /payments/{id}/cancel, body a template of 54 bytes, headers [X-Reason]",
            "     durable                yes", "     order_by               none", "     on_partial_failure     none",
            "    breaker              failure_ratio 0.25, window 30s, minimum 10, open_for 3s",
            "    breaker              none",
            "    limit                rate 100/1m, burst 20, in_flight 64, connections 32",
            "    limit                in_flight 1024, connections 256", "  max_size  2GiB", "  sync      normal",
            "    headers              set [X-Source], remove [Cookie]", "  mirror          body 1MiB, memory 64MiB, calls 1000",
            "    endpoint     http://127.0.0.1:4318/v1/traces", "  sampler       parentbased_traceidratio 0.5",
            "drain         10s", "threads       one per core",
        ] {
            #expect(text.split(separator: "\n").contains(Substring(line)), "\(line)\n\(text)")
        }
        #expect(try checked(twoUpstreams).report.text.contains("\nadmin         listen 127.0.0.1:4101, token none, hosts [], recent 1000\n"))
    }

    @Test func jsonIsJSONWithTheSameContent() throws {
        let report = try full().report
        let json = try #require(JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
        #expect(json["listen"] as? String == "127.0.0.1:4100")
        let routes = try #require(json["routes"] as? [[String: Any]])
        #expect(routes.map { $0["primary"] as? String } == ["shipping", nil, "inventory"])
        #expect((routes[2]["mirrors"] as? [String]) == ["shipping", "archive"])
        let upstreams = try #require(json["upstreams"] as? [String: [String: Any]])
        #expect((upstreams["inventory"]?["retry"] as? [String: Any])?["attempts"] as? Int == 6)
        #expect(upstreams["archive"]?["retry"] is NSNull)
        #expect(!report.json.contains("\n"))
    }

    @Test func jsonOfWhatGoesThroughTheSpool() throws {
        let report = try full().report
        let json = try #require(JSONSerialization.jsonObject(with: Data(report.json.utf8)) as? [String: Any])
        let routes = try #require(json["routes"] as? [[String: Any]])
        #expect(routes[1]["respond"] as? String == "accepted" && routes[1]["to"] as? [String] == ["shipping", "archive"])
        #expect(routes[1]["primary"] == nil && routes[1]["durable"] == nil && routes[1]["order_by"] as? String == "X-Customer")
        #expect((routes[1]["idempotency"] as? [String: Any])?["required"] as? Bool == true)
        #expect((routes[1]["on_partial_failure"] as? [String: Any])?["path"] as? String == "/payments/{id}/cancel")
        #expect(routes[0]["durable"] as? Bool == false && routes[0]["order_by"] == nil && routes[0]["on_partial_failure"] == nil)
        #expect(routes[2]["durable"] as? Bool == true && routes[2]["order_by"] is NSNull)
        let upstreams = try #require(json["upstreams"] as? [String: [String: Any]])
        #expect((upstreams["inventory"]?["breaker"] as? [String: Any])?["failure_ratio"] as? Double == 0.25)
        #expect(upstreams["archive"]?["breaker"] is NSNull && (upstreams["archive"]?["limit"] as? [String: Any])?.count == 2)
        #expect((upstreams["inventory"]?["limit"] as? [String: Any])?["rate"] as? String == "100/1m")
        let spool = try #require(json["spool"] as? [String: Any])
        #expect(spool["max_body"] as? String == "8MiB" && spool["keep"] as? String == "2d")
        let bare = try #require(
            JSONSerialization.jsonObject(with: Data(checked(twoUpstreams).report.json.utf8)) as? [String: Any])
        #expect(bare["spool"] is NSNull)
    }

    @Test func noSecretIsInIt() throws {
        let literal = """
            upstreams:
              a: { url: "https://a.example", credentials: { bearer: hunter2 }, headers: { set: { X-Key: hunter2 } } }
              b: { url: "https://b.example", credentials: { basic: { user: me, password: "${P}" } } }
            routes:
              - name: r
                match: { path: /** }
                respond: accepted
                on_partial_failure: { method: POST, path: "/c?key=${P}", body: "${P}", headers: { X-Key: hunter2 } }
            telemetry: { otlp: { headers: { api-key: hunter2 } } }
            """
        let environment = [
            "P": "hunter2", "OTEL_EXPORTER_OTLP_HEADERS": "k=hunter2",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://c/x?key=hunter2",
        ]
        for checked in [
            try full(), try checked(literal, environment), try checked(literal.replacing("telemetry: ", with: "# "), environment),
        ] {
            let shown = checked.report.text + checked.report.json + "\(checked.warnings)" + Result.success(checked).described.json
            #expect(!shown.contains("hunter2"), "\(shown)")
            #expect(shown.contains("(redacted"))
        }
    }

    @Test func outcomesForPrograms() throws {
        func object(_ result: Result<Checked, ConfigurationErrors>) throws -> [String: Any] {
            try #require(JSONSerialization.jsonObject(with: Data(result.described.json.utf8)) as? [String: Any])
        }
        let good = try object(reading(twoUpstreams))
        #expect(good["ok"] as? Bool == true && good["configuration"] is [String: Any])
        let bad = try object(reading(twoUpstreams + "dran: 1s\n"))
        #expect(bad["ok"] as? Bool == false && bad["configuration"] is NSNull && bad["errors_omitted"] as? Int == 0)
        let finding = try #require((bad["errors"] as? [[String: Any]])?.first)
        #expect(finding["code"] as? String == "unknown_key" && finding["line"] as? Int == 4 && finding["column"] as? Int == 1)
        #expect(
            finding["key"] as? String == "dran" && finding["hint"] as? String == "did you mean 'drain'?"
                && finding["file"] as? String == "test.yaml")
    }

    @Test(arguments: [
        (Described.nothing, "null"), (.text("a\"\n"), "\"a\\\"\\u000a\""), (.number(-1), "-1"), (.fraction(0.1), "0.1"),
        (.fraction(.nan), "null"), (.flag(true), "true"),
        (.list([]), "[]"), (.block(["a": .list([.number(1), .nothing])]), "{\"a\":[1,null]}"), (.block([:]), "{}"),
    ])
    func json(_ tree: Described, _ json: String) {
        #expect(tree.json == json)
    }

    @Test func lines() {
        let tree = Described.block([
            "a": .flag(true), "longer": .block(["x": .number(1), "y": .list([])]),
            "deep": .block(["z": .block(["q": .block(["r": .nothing])])]),
            "items": .list([.block(["k": .text("v"), "l": .block(["m": .block(["n": .block([:])])])]), .block(["k": .text("w")])]),
        ])
        #expect(
            tree.lines == [
                "a       yes", "longer  x 1, y []", "deep", "  z", "    q  r none", "items", "  1. k  v", "     l", "       m",
                "         n  none", "  2. k  w",
            ], "\(tree.lines)")
    }
}
