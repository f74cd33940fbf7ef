internal import Exchange

/// The key of an attribute whose value is text, with all that stands before the text: one copy instead of five.
struct TextKey: Sendable {
    let opening: StaticString
    init(_ opening: StaticString) { self.opening = opening }

    static let requestMethod = TextKey(#"{"key":"http.request.method","value":{"stringValue":""#)
    static let originalMethod = TextKey(#"{"key":"http.request.method_original","value":{"stringValue":""#)
    static let route = TextKey(#"{"key":"http.route","value":{"stringValue":""#)
    static let path = TextKey(#"{"key":"url.path","value":{"stringValue":""#)
    static let query = TextKey(#"{"key":"url.query","value":{"stringValue":""#)
    static let scheme = TextKey(#"{"key":"url.scheme","value":{"stringValue":""#)
    static let url = TextKey(#"{"key":"url.full","value":{"stringValue":""#)
    static let errorType = TextKey(#"{"key":"error.type","value":{"stringValue":""#)
    static let serverAddress = TextKey(#"{"key":"server.address","value":{"stringValue":""#)
    static let clientAddress = TextKey(#"{"key":"client.address","value":{"stringValue":""#)
    static let peerAddress = TextKey(#"{"key":"network.peer.address","value":{"stringValue":""#)
    static let protocolVersion = TextKey(#"{"key":"network.protocol.version","value":{"stringValue":""#)
    static let userAgent = TextKey(#"{"key":"user_agent.original","value":{"stringValue":""#)
    static let exchange = TextKey(#"{"key":"pantograph.exchange.id","value":{"stringValue":""#)
    static let ownRoute = TextKey(#"{"key":"pantograph.route","value":{"stringValue":""#)
    static let upstream = TextKey(#"{"key":"pantograph.upstream","value":{"stringValue":""#)
    static let role = TextKey(#"{"key":"pantograph.role","value":{"stringValue":""#)
    static let errorClass = TextKey(#"{"key":"pantograph.error.class","value":{"stringValue":""#)
    static let skipReason = TextKey(#"{"key":"pantograph.skip.reason","value":{"stringValue":""#)
    static let deliveryResult = TextKey(#"{"key":"pantograph.delivery.result","value":{"stringValue":""#)
}

/// The key of an attribute whose value is an integer: of 64 bits, and so a decimal string in OTLP's JSON form.
struct IntegerKey: Sendable {
    let opening: StaticString
    init(_ opening: StaticString) { self.opening = opening }

    static let status = IntegerKey(#"{"key":"http.response.status_code","value":{"intValue":""#)
    static let requestBody = IntegerKey(#"{"key":"http.request.body.size","value":{"intValue":""#)
    static let responseBody = IntegerKey(#"{"key":"http.response.body.size","value":{"intValue":""#)
    static let resendCount = IntegerKey(#"{"key":"http.request.resend_count","value":{"intValue":""#)
    static let serverPort = IntegerKey(#"{"key":"server.port","value":{"intValue":""#)
    static let attempts = IntegerKey(#"{"key":"pantograph.delivery.attempts","value":{"intValue":""#)
    static let peerPort = IntegerKey(#"{"key":"network.peer.port","value":{"intValue":""#)
}

/// One or several attributes of which all is known beforehand: one copy for all of them.
struct KnownAttributes: Sendable {
    let text: StaticString
    init(_ text: StaticString) { self.text = text }

    static let http10 = KnownAttributes(#"{"key":"network.protocol.version","value":{"stringValue":"1.0"}}"#)
    static let http11 = KnownAttributes(#"{"key":"network.protocol.version","value":{"stringValue":"1.1"}}"#)
    static let primary = KnownAttributes(#"{"key":"pantograph.role","value":{"stringValue":"primary"}}"#)
    static let mirror = KnownAttributes(#"{"key":"pantograph.role","value":{"stringValue":"mirror"}}"#)
    static let delivered = KnownAttributes(#"{"key":"pantograph.delivery.result","value":{"stringValue":"delivered"}}"#)
}

/// Attributes in OTLP's JSON form: `{"key": …, "value": {"stringValue": …}}`.
extension JSONBytes {
    /// Bytes of UTF-8 of one attribute's text; what is longer is cut.
    static let longestText = 4096
    /// The same within an event.
    static let longestEventText = 1024

    @inline(__always)
    mutating func attribute(_ key: TextKey, _ value: String) {
        open(key)
        escaped(value, limit: JSONBytes.longestText)
        closeAttribute()
    }

    /// - Parameter value: UTF-8.
    @inline(__always)
    mutating func attribute(_ key: TextKey, _ value: UnsafeBufferPointer<UInt8>) {
        open(key)
        escaped(value, limit: JSONBytes.longestText)
        closeAttribute()
    }

    @inline(__always)
    mutating func attribute(_ key: TextKey, word: StaticString) {
        open(key)
        raw(word)
        closeAttribute()
    }

    @inline(__always)
    mutating func attribute(_ known: KnownAttributes) {
        separated(known.text)
    }

    /// A number as text, as `error.type` has a status.
    @inline(__always)
    mutating func attribute(_ key: TextKey, number: Int) {
        open(key)
        integer(number)
        closeAttribute()
    }

    @inline(__always)
    mutating func attribute(_ key: IntegerKey, _ value: Int) {
        open(key)
        integer(value)
        closeAttribute()
    }

    /// What stands before the text; the text and `closeAttribute` are to follow.
    @inline(__always)
    mutating func open(_ key: TextKey) {
        separated(key.opening)
    }

    /// The same of an integer.
    @inline(__always)
    mutating func open(_ key: IntegerKey) {
        separated(key.opening)
    }

    /// An attribute whose key is not known beforehand.
    mutating func attribute(key: String, _ value: SpanValue, limit: Int) {
        separate()
        raw("{\"key\":")
        quoted(key, limit: 256)
        raw(",\"value\":{")
        self.value(value, limit: limit)
        raw("}}")
    }

    private mutating func value(_ value: SpanValue, limit: Int) {
        switch value {
        case .string(let text):
            raw("\"stringValue\":")
            quoted(text, limit: limit)
        case .int(let integer):
            raw("\"intValue\":\"")
            self.integer(integer)
            raw("\"")
        case .double(let number):
            raw("\"doubleValue\":")
            self.number(number)
        case .bool(let flag):
            raw(flag ? "\"boolValue\":true" : "\"boolValue\":false")
        }
    }
}
