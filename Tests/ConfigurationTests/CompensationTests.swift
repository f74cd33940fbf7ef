import Exchange
import Testing

@testable import Configuration

@Suite struct CompensationSectionTests {
    private func found(_ call: String, _ keys: String = "respond: accepted", _ environment: [String: String] = [:]) -> [String] {
        errors(twoUpstreams + "routes:\n  - { name: r, match: { path: /** }, \(keys), on_partial_failure: \(call) }\n", environment)
            .map { "\($0.keyPath.replacing("routes[0].on_partial_failure", with: "")): \($0.message)" }
    }

    @Test(arguments: [
        ("true", ": expected a block such as { method: DELETE"), ("~", ": has no value"), ("{ path: / }", ": 'method' is missing"),
        ("{ method: POST }", ": 'path' is missing"), ("{ method: post, path: / }", ".method: methods are case-sensitive"),
        ("{ method: CONNECT, path: / }", ".method: CONNECT asks for a tunnel"),
        ("{ method: POST, path: / , bodyy: x }", ".bodyy: unknown key"),
        ("{ method: POST, path: orders }", ".path: a path begins with '/', or with {path}, found 'orders'"),
        ("{ method: POST, path: \"\" }", ".path: a path begins with '/', or with {path}"),
        ("{ method: POST, path: \"{id}\" }", ".path: a path begins with '/', or with {path}"),
        ("{ method: POST, path: \"https://a.example/\" }", ".path: a path begins with '/'"),
        ("{ method: POST, path: \"/a b\" }", ".path: a path is written as it goes on the wire"),
        ("{ method: POST, path: \"/a#b\" }", ".path: a path is written as it goes on the wire"),
        ("{ method: POST, path: \"/ü\" }", ".path: a path is written as it goes on the wire"),
        ("{ method: POST, path: \"/{{id}}\" }", ".path: a path is written as it goes on the wire"),
        ("{ method: POST, path: \"/{order}\" }", ".path: '{order}' is not a placeholder"),
        ("{ method: POST, path: \"/{id\" }", ".path: '{id' has no '}' behind it"),
        ("{ method: POST, path: /, body: \"{a: 1}\" }", ".body: '{a: 1}' is not a placeholder"),
        ("{ method: POST, path: /, body: \"\\0\" }", ".body: the body holds control characters"),
        ("{ method: POST, path: /, body: [a] }", ".body: expected a text, found a list"),
        ("{ method: POST, path: /, headers: [a] }", ".headers: expected headers by name"),
        ("{ method: POST, path: /, headers: { Host: a } }", ".headers.Host: Host comes from the upstream's url"),
        ("{ method: POST, path: /, headers: { Content-Length: 1 } }", ".headers.Content-Length: Content-Length frames the body"),
        ("{ method: POST, path: /, headers: { a: \"{b}\" } }", ".headers.a: '{b}' is not a placeholder"),
        ("{ method: POST, path: /, headers: { a: \"b\\r\\nc: d\" } }", ".headers.a: the value holds line breaks"),
        ("{ method: POST, path: /, headers: { a: b, A: c } }", ".headers.A: 'A' is set twice"),
        ("{ method: POST, path: /, body: \"${NOPE}\" }", ".body: the environment variable NOPE is not set"),
    ])
    func refuses(_ call: String, _ message: String) {
        #expect(found(call).count == 1, "\(found(call))")
        #expect(found(call).first?.hasPrefix(message) == true, "\(found(call))")
    }

    @Test(arguments: [
        ("respond: accepted", nil), ("respond: accepted, to: [shipping]", "one"), ("respond: inventory", "none"),
        ("respond: inventory, durable: true", "one"), ("respond: inventory, to: [inventory], durable: true", "none"),
    ])
    func needsTwoUpstreamsOfTheSpool(_ keys: String, _ count: String?) {
        let message = count.map {
            ": a failure is partial among at least two upstreams that get the call from the spool: this route has \($0)"
        }
        #expect(found("{ method: POST, path: / }", keys) == (message.map { [$0] } ?? []))
    }

    /// What a template may hold is not for everybody's eyes.
    @Test func aTemplateIsNotShown() {
        let call = "{ method: POST, path: /, body: \"${S}{x}\", headers: { A: \"hunter2{y\" } }"
        let found = found(call, "respond: accepted", ["S": "hunter2"])
        #expect(found.count == 2 && !found.joined().contains("hunter2"), "\(found)")
    }

    @Test func aBodyOfManyLines() throws {
        let text =
            twoUpstreams + """
                routes:
                  - name: r
                    match: { path: /orders }
                    respond: accepted
                    on_partial_failure:
                      method: POST
                      path: /cancel/{id}?by={upstream}
                      body: |
                        { "${KIND:-order}": "{body:/a~1b}",
                           "was": {body} }

                """
        let call = try #require(try checked(text).settings.routes[0].onPartialFailure)
        #expect(call.path == "/cancel/{id}?by={upstream}")
        #expect(call.body == "{ \"order\": \"{body:/a~1b}\",\n   \"was\": {body} }\n")
    }
}
