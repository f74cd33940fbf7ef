/// The methods that the semantic conventions know: those of RFC 9110 and PATCH (RFC 5789). Any other is `_OTHER`, so that no
/// peer can make up names of spans.
enum KnownMethod {
    /// The method's name where it is known. Methods are case-sensitive (RFC 9110, 9.1): `get` is not.
    static func name(_ method: String) -> StaticString? {
        switch method {
        case "GET": "GET"
        case "POST": "POST"
        case "PUT": "PUT"
        case "DELETE": "DELETE"
        case "PATCH": "PATCH"
        case "HEAD": "HEAD"
        case "OPTIONS": "OPTIONS"
        case "CONNECT": "CONNECT"
        case "TRACE": "TRACE"
        default: nil
        }
    }
}
