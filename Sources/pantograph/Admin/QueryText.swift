internal import Exchange

/// The query of a request to the API.
enum QueryText {
    /// `?name=value&…` of what was given; empty where nothing was.
    static func of(_ values: [(name: String, value: String?)]) -> String {
        let given = values.compactMap { pair in pair.value.map { "\(pair.name)=\(PercentEncoding.encoded($0))" } }
        return given.isEmpty ? "" : "?" + given.joined(separator: "&")
    }
}
