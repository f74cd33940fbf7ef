internal import Exchange

/// What holds for the first line of a request and its framing, whoever writes them.
enum RequestLine {
    /// Why the method or the target can't be put on the wire as it is.
    static func failure(_ request: borrowing AttemptRequest) -> Failure? {
        guard FieldSyntax.isTarget(request.target) else { return .refusedCharacter("the request's target") }
        var method = request.method
        guard method.withUTF8({ Token.isWhole(UnsafeRawBufferPointer($0)) }) else { return .refusedCharacter("the request's method") }
        return nil
    }

    /// Methods whose requests without a body say `Content-Length: 0` (RFC 9110, 8.6).
    static func needsLength(_ method: String) -> Bool { method == "POST" || method == "PUT" || method == "PATCH" }
}
