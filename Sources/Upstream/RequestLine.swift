internal import Exchange

/// What holds for the first line of a request and its framing, whoever writes them.
enum RequestLine {
    /// Why the method or the target can't be put on the wire as it is.
    static func failure(_ request: AttemptRequest) -> Failure? {
        guard !request.target.isEmpty, request.target.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            return .refusedCharacter("the request's target")
        }
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(FieldSyntax.isToken) else {
            return .refusedCharacter("the request's method")
        }
        return nil
    }

    /// Methods whose requests without a body say `Content-Length: 0` (RFC 9110, 8.6).
    static func needsLength(_ method: String) -> Bool { method == "POST" || method == "PUT" || method == "PATCH" }
}
