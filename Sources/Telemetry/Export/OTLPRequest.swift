/// What requests of every signal begin and end with.
enum OTLPRequest {
    /// - Parameters:
    ///   - resources: the key of the outermost list, e.g. `resourceSpans`.
    ///   - scopes: the key of the list below a resource.
    ///   - elements: the key of the list below a scope, which is left open.
    static func opening(
        _ resources: StaticString, _ scopes: StaticString, _ elements: StaticString, _ resource: SpanResource, version: String
    ) -> [UInt8] {
        var json = JSONBytes()
        json.raw("{\"")
        json.raw(resources)
        json.raw("\":[{\"resource\":{\"attributes\":[")
        for (key, value) in resource.attributes { json.attribute(key: key, value, limit: JSONBytes.longestText) }
        json.raw("]},\"")
        json.raw(scopes)
        json.raw("\":[{\"scope\":{\"name\":\"pantograph\",\"version\":")
        json.quoted(version, limit: 256)
        json.raw("},\"")
        json.raw(elements)
        json.raw("\":[")
        return json.array
    }

    static let closing: StaticString =
        "],\"schemaUrl\":\"https://opentelemetry.io/schemas/1.44.0\"}],\"schemaUrl\":\"https://opentelemetry.io/schemas/1.44.0\"}]}"
}
