import Exchange
import NIOCore
import Policy
import Testing

@Suite struct CompensationTemplateTests {
    private static let id = ExchangeID(high: 0x0190_0000_0000_7000, low: 0x8000_0000_0000_0001)

    private func exchange(body: String? = nil, target: String = "/orders/a%20b?x=1") throws -> SpooledExchange {
        let trace = TraceContext(
            traceID: try #require(TraceID(high: 1, low: 2)), spanID: try #require(SpanID(3)), flags: [])
        return SpooledExchange(
            id: Self.id, route: "orders", receivedAt: WallTime(nanosecondsSinceEpoch: 0), method: "POST", target: target,
            headers: Headers(["X-Tenant": "ac\"me & co", "X-Tenant": "second", "X-Empty": "", "X-Tab": "a\tb\u{7F}c"]),
            body: body.map { ByteBuffer(string: $0) }, trace: trace)
    }

    private func expand(
        path: String = "/x", body: String? = nil, headers: [(name: String, value: String)] = [], of request: String? = nil, answer: String? = nil
    ) throws -> (method: String, target: String, headers: Headers, body: ByteBuffer?) {
        let template = try CompensationTemplate(CompensationSettings(method: "DELETE", path: path, body: body, headers: headers))
        return template.expand(exchange: try exchange(body: request), upstream: "inventory", answer: answer.map { ByteBuffer(string: $0) })
    }

    private static let order = #"{"id":"a/b c","n":12345678901234567890.10,"t":"say \"hé\"\n","o":{"k":"v"},"l":[1,"2"],"z":null,"e":""}"#

    // MARK: Where it stands

    @Test(arguments: [
        ("/orders/{id}", "/orders/01900000-0000-7000-8000-000000000001"), ("{path}/cancel", "/orders/a%20b/cancel"), ("/by/{upstream}", "/by/inventory"),
        ("/x/{body:/id}", "/x/a%2Fb%20c"), ("/x/{body:/n}", "/x/12345678901234567890.10"), ("/x?q={body:/t}&r=1", "/x?q=say%20%22h%C3%A9%22%0A&r=1"),
        ("/x/{body:/o}", "/x/%7B%22k%22%3A%22v%22%7D"), ("/x/{body:/l/1}", "/x/2"), ("/x/{body:/z}", "/x/null"), ("/x/{body:/missing}", "/x/null"), ("/x/{body:/e}", "/x/null"),
        ("/x/{answer:/key}", "/x/k-1"), ("/x/{answer:/missing}", "/x/null"), ("/x/{header:x-tenant}", "/x/ac%22me%20%26%20co"), ("/x/{header:X-None}", "/x/null"),
        ("/{/{id}", "/{/01900000-0000-7000-8000-000000000001"), ("/~-._/{header:X-Tab}", "/~-._/a%09b%7Fc"), ("/plain", "/plain"),
    ]) func inThePath(path: String, target: String) throws {
        let call = try expand(path: path, of: Self.order, answer: #"{"key":"k-1"}"#)
        #expect(call.target == target)
        #expect(call.method == "DELETE" && call.body == nil && call.headers.isEmpty)
    }

    @Test(arguments: [
        ("{id}", "01900000-0000-7000-8000-000000000001"), ("{path} of {upstream}", "/orders/a%20b of inventory"), ("{body:/id}", "a/b c"), ("{body:/t}", "say \"hé\""),
        ("{body:/o}", "{\"k\":\"v\"}"), ("[{body:/z}{body:/missing}{answer:/x}{header:X-None}{header:X-Empty}]", "[]"), ("{header:X-Tenant}", "ac\"me & co"),
        ("{header:X-Tab}", "abc"), ("a\r\nb", "ab"), ("{{id}}", "{01900000-0000-7000-8000-000000000001}"), ("", ""),
    ]) func inAField(value: String, expected: String) throws {
        let call = try expand(headers: [("X-One", value), ("X-Two", "2")], of: Self.order)
        #expect(call.headers.pairs == [["X-One", expected], ["X-Two", "2"]])
    }

    @Test(arguments: [
        // Within double quotes: the content of a JSON string.
        (#""{id}""#, #""01900000-0000-7000-8000-000000000001""#), (#""{body:/id}""#, #""a/b c""#), (#""{body:/t}""#, #""say \"hé\"\n""#),
        (#""{body:/n}""#, #""12345678901234567890.10""#), (#""{body:/o}""#, #""{\"k\":\"v\"}""#), (#""{header:X-Tenant}""#, #""ac\"me & co""#),
        (#""{header:X-Tab}""#, "\"a\\tb\u{7F}c\""), (#""{body:/z}{body:/missing}{answer:/x}{header:X-None}""#, #""""#), (#""{answer:/key}""#, #""""#),
        // Outside: the JSON value as it stands, and plain text.
        ("{body:/id}", #""a/b c""#), ("{body:/t}", #""say \"hé\"\n""#), ("{body:/n}", "12345678901234567890.10"), ("{body:/o}", #"{"k":"v"}"#), ("{body:/l}", #"[1,"2"]"#),
        ("{body:/z}", "null"), ("{body:/missing}", "null"), ("{answer:/x}", "null"), ("{header:X-None}", "null"), ("{header:X-Empty}", ""), ("id={id}&u={upstream}", "id=01900000-0000-7000-8000-000000000001&u=inventory"),
        // Quotes that are escaped, and a backslash outside of them, open and close nothing.
        (#""\"{body:/id}""#, #""\"a/b c""#), (#""\\"{body:/id}"#, #""\\""a/b c""#), (#"\"{body:/id}""#, #"\"a/b c""#), (#"{"a":"x","b":{body:/id},"c":"{body:/id}"}"#, #"{"a":"x","b":"a/b c","c":"a/b c"}"#),
        (#"{"o":{"p":{body:/o}}}"#, #"{"o":{"p":{"k":"v"}}}"#), ("", ""), ("{}", "{}"),
    ]) func inTheBody(body: String, expected: String) throws {
        #expect(try expand(body: body, of: Self.order).body.map { String(buffer: $0) } == expected)
    }

    @Test func theWholeBody() throws {
        #expect(try expand(body: "{body}", of: Self.order).body.map { String(buffer: $0) } == Self.order)
        #expect(try expand(body: "{\"was\":\"{body}\"}", of: "{\"a\":\"b\"}").body.map { String(buffer: $0) } == #"{"was":"{\"a\":\"b\"}"}"#)
        #expect(try expand(body: "{body}").body.map { String(buffer: $0) } == "null")
        #expect(try expand(body: "\"{body}\"").body.map { String(buffer: $0) } == "\"\"")
        #expect(try expand(body: "{body:/id}", of: "not JSON").body.map { String(buffer: $0) } == "null")
        #expect(try expand(path: "/{body}", of: "a b").target == "/a%20b")
    }

    /// What is kept of a longer answer is its beginning: what stands there whole is found.
    @Test func anAnswerThatWasCut() throws {
        let answer = #"{"id":7,"#  + "\"text\":\"" + String(repeating: "x", count: 3_000) + #"","last":8}"#
        let kept = String(answer.prefix(2_048))
        #expect(try expand(path: "/{answer:/id}", body: "{answer:/text},{answer:/last}", answer: kept).target == "/7")
        #expect(try expand(body: "[{answer:/text},{answer:/last}]", answer: kept).body.map { String(buffer: $0) } == "[null,null]")
        #expect(try expand(path: "/{answer:/last}", answer: answer).target == "/8")
    }

    @Test func bytesThatAreNotText() throws {
        let template = try CompensationTemplate(CompensationSettings(method: "POST", path: "/x", body: "{body}\"{body}\""))
        let trace = TraceContext(traceID: try #require(TraceID(high: 1, low: 2)), spanID: try #require(SpanID(3)), flags: [])
        let exchange = SpooledExchange(
            id: Self.id, route: "r", receivedAt: WallTime(nanosecondsSinceEpoch: 0), method: "POST", target: "/", headers: Headers(),
            body: ByteBuffer(bytes: [0xFF, 0x00]), trace: trace)
        let body = template.expand(exchange: exchange, upstream: "a", answer: nil).body
        #expect(body.map { Array($0.readableBytesView) } == [0xFF, 0x00, 0x22] + Array("\u{FFFD}\\u0000".utf8) + [0x22])
    }

    // MARK: Faults

    @Test(arguments: [
        ("a{id", "'{id' has no '}'"), ("{ID}", "'{ID}' is not a placeholder"), ("{{Id}}", "'{Id}'"), ("{id }", "'{id }'"),
        ("{id:}", "'{id:}'"), ("{body:}", "'{body:}'"), ("{body:id}", "'{body:id}'"), ("{body:/a~2}", "'{body:/a~2}'"), ("{answer}", "'{answer}'"), ("{answer:x}", "'{answer:x}'"),
        ("{header}", "'{header}'"), ("{header:}", "'{header:}'"), ("{header:a b}", "'{header:a b}'"), ("{method}", "{header:Name}"), ("{a{id}", "'{a{id}'"),
    ]) func whatIsWrong(text: String, words: String) throws {
        let fault = CompensationTemplate.fault(in: text)
        #expect(fault?.contains(words) == true, "\(fault ?? "nothing")")
        let settings = [
            CompensationSettings(method: "POST", path: "/\(text)"), CompensationSettings(method: "POST", path: "/", body: text),
            CompensationSettings(method: "POST", path: "/", headers: [("X", text)]),
        ]
        for settings in settings { #expect(throws: (any Error).self) { _ = try CompensationTemplate(settings) } }
    }

    @Test func aLongFaultIsCut() throws {
        let fault = try #require(CompensationTemplate.fault(in: "{\(String(repeating: "x", count: 5_000))}"))
        #expect(fault.count < 300)
    }

    @Test(arguments: [
        "", "text", "{id}", "{path}", "{upstream}", "{body}", "{body:/}", "{body:/a/0/b~1c~0}", "{answer:/id}", "{header:X-A}", "{", "}", "{ id }", "{\"a\":{body:/a}}", "{1}", "{id}}", "{{", "}}", "{{}}", "{{{id}}}", "{id}{id}", "é{id}é",
    ]) func nothingIsWrong(text: String) {
        #expect(CompensationTemplate.fault(in: text) == nil)
    }

    @Test func aPathBeginsWithASlash() throws {
        for path in ["", "x", "{id}", "{{path}", "http://a/"] {
            #expect(throws: (any Error).self) { _ = try CompensationTemplate(CompensationSettings(method: "POST", path: path)) }
        }
        #expect(try expand(path: "{path}").target == "/orders/a%20b")
    }
}
