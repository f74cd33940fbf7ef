internal import Exchange

/// Header fields that the configuration names (RFC 9110, 5.1 and 5.5).
enum HeaderText {
    static let name = Form<String>("a header's name") { text throws(Complaint) in
        guard Token.isWhole(text.utf8), text.utf8.count <= 256 else {
            throw Complaint("a header's name is letters, digits and  ! # $ % & ' * + - . ^ _ ` | ~")
        }
        return text
    }

    static let method = Form<String>("a method such as GET") { text throws(Complaint) in
        guard Token.isWhole(text.utf8), text.utf8.count <= 64 else { throw Complaint("expected a method such as GET") }
        guard text.uppercased() != "CONNECT" else {
            throw Complaint("CONNECT asks for a tunnel, which is not carried", hint: "leave it out")
        }
        guard text == text.uppercased() || !known.contains(text.uppercased()) else {
            throw Complaint("methods are case-sensitive", hint: "write \(text.uppercased())")
        }
        return text
    }

    private static let known = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"]

    /// Whether these bytes may be a field's value: no control characters but tab, no space at either end.
    static func isValue(_ text: String) -> Bool {
        text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            && text.first != " " && text.last != " " && text.first != "\t" && text.last != "\t"
    }

    /// Why a field can't be set; nil for one that can.
    static func objection(toSetting name: String) -> Complaint? {
        switch name.lowercased() {
        case "host":
            forbidden("Host comes from the upstream's url", hint: "keep_host: true passes the application's own on")
        case "content-length", "transfer-encoding", "trailer", "expect":
            forbidden("\(name) frames the body: pantograph writes it itself")
        case "connection", "keep-alive", "proxy-connection", "te", "upgrade", "http2-settings":
            forbidden("\(name) belongs to one connection (RFC 9110, 7.6.1): pantograph writes it itself")
        case "via":
            forbidden("Via is how loops are found (RFC 9110, 7.6.3): pantograph writes it itself")
        case "traceparent", "tracestate":
            forbidden("\(name) names the span of each attempt: pantograph writes it itself")
        default: nil
        }
    }

    /// Why a field can't be removed; nil for one that can.
    static func objection(toRemoving name: String) -> Complaint? {
        switch name.lowercased() {
        case "host", "content-length", "transfer-encoding", "via":
            forbidden("\(name) is part of what pantograph sends itself and can't be removed")
        default: nil
        }
    }

    private static func forbidden(_ message: String, hint: String? = "leave it out") -> Complaint {
        Complaint(message, code: .forbiddenHeader, hint: hint)
    }
}
