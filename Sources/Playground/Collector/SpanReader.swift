/// Takes the spans out of an OTLP-JSON trace request (opentelemetry-proto, `ExportTraceServiceRequest`).
struct SpanReader {
    typealias Fault = JSONReader.Fault

    /// Characters of a name or a value that are kept.
    private static let textBound = 200
    private static let eventBound = 16

    /// Calls `body` for each span in order.
    static func read(_ bytes: UnsafeRawBufferPointer, _ body: (Span) -> Void) throws(Fault) {
        var reader = JSONReader(bytes)
        try reader.object { reader, key throws(Fault) in
            guard key == "resourceSpans" else { return try reader.skip() }
            try reader.array { reader throws(Fault) in try resource(&reader, body) }
        }
        try reader.end()
    }

    private static func resource(_ reader: inout JSONReader, _ body: (Span) -> Void) throws(Fault) {
        var service: String?
        var spans: [Span] = []
        try reader.object { reader, key throws(Fault) in
            switch key {
            case "resource":
                try reader.object { reader, key throws(Fault) in
                    guard key == "attributes" else { return try reader.skip() }
                    try attributes(&reader) { key, value in if key == "service.name" { service = value } }
                }
            case "scopeSpans":
                try reader.array { reader throws(Fault) in
                    try reader.object { reader, key throws(Fault) in
                        guard key == "spans" else { return try reader.skip() }
                        try reader.array { reader throws(Fault) in spans.append(try span(&reader)) }
                    }
                }
            default: try reader.skip()
            }
        }
        for var span in spans {
            span.service = service
            body(span)
        }
    }

    private static func span(_ reader: inout JSONReader) throws(Fault) -> Span {
        var span = Span()
        try reader.object { reader, key throws(Fault) in
            switch key {
            case "traceId": span.traceID = cut(try reader.string())
            case "spanId": span.spanID = cut(try reader.string())
            case "parentSpanId": span.parentID = cut(try reader.string())
            case "name": span.name = cut(try reader.string())
            case "kind": span.kind = Span.Kind(rawValue: Int(clamping: try reader.integer())) ?? .unspecified
            case "startTimeUnixNano": span.start = try reader.integer()
            case "endTimeUnixNano": span.end = try reader.integer()
            case "attributes": try attributes(&reader) { take($0, $1, into: &span) }
            case "status": span.isError = try isError(&reader)
            case "events": try events(&reader, into: &span)
            default: try reader.skip()
            }
        }
        return span
    }

    private static func take(_ key: String, _ value: String, into span: inout Span) {
        switch key {
        case "pantograph.upstream": span.upstream = value
        case "pantograph.role": span.role = value
        case "pantograph.delivery.result": span.result = value
        case "pantograph.error.class": span.errorClass = value
        case "error.type": if span.errorClass == nil { span.errorClass = value }
        case "http.response.status_code": span.status = Int(value)
        case "http.request.resend_count": span.resendCount = Int(value) ?? 0
        default: break
        }
    }

    private static func attributes(_ reader: inout JSONReader, _ take: (String, String) -> Void) throws(Fault) {
        try reader.array { reader throws(Fault) in
            var name = ""
            var text: String?
            try reader.object { reader, key throws(Fault) in
                switch key {
                case "key": name = try reader.string()
                case "value": try reader.object { reader, _ throws(Fault) in text = try reader.text() }
                default: try reader.skip()
                }
            }
            if let text { take(name, cut(text)) }
        }
    }

    private static func isError(_ reader: inout JSONReader) throws(Fault) -> Bool {
        var code: UInt64 = 0
        try reader.object { reader, key throws(Fault) in
            if key == "code" { code = try reader.integer() } else { try reader.skip() }
        }
        return code == 2
    }

    private static func events(_ reader: inout JSONReader, into span: inout Span) throws(Fault) {
        try reader.array { reader throws(Fault) in
            try reader.object { reader, key throws(Fault) in
                guard key == "name", span.events.count < eventBound else { return try reader.skip() }
                span.events.append(cut(try reader.string()))
            }
        }
    }

    private static func cut(_ text: String) -> String {
        text.utf8.count <= textBound ? text : String(text.prefix(textBound))
    }
}
