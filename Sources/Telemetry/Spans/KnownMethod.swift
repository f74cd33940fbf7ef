/// The methods that the semantic conventions know: those of RFC 9110 and PATCH (RFC 5789). Any other is `_OTHER`, so that no
/// peer can make up names of spans.
enum KnownMethod {
    /// The method's name where it is known. Methods are case-sensitive (RFC 9110, 9.1): `get` is not.
    static func name(_ method: String) -> StaticString? {
        // By length first: that leaves two comparisons at most.
        switch method.utf8.count {
        case 3: method == "GET" ? "GET" : method == "PUT" ? "PUT" : nil
        case 4: method == "POST" ? "POST" : method == "HEAD" ? "HEAD" : nil
        case 5: method == "PATCH" ? "PATCH" : method == "TRACE" ? "TRACE" : nil
        case 6: method == "DELETE" ? "DELETE" : nil
        case 7: method == "OPTIONS" ? "OPTIONS" : method == "CONNECT" ? "CONNECT" : nil
        default: nil
        }
    }
}
