internal import CCurl
internal import Exchange

/// How a request's method and body are told to libcurl. What the handle was told for the request before is not told again.
struct RequestForm {
    enum Body {
        /// No body and no `Content-Length`.
        case none
        /// So many bytes in memory, sent with the head; possibly none, then with `Content-Length: 0`.
        case inline(Int)
        /// Read by callback while it is sent; nil: of unknown length, chunked where it is HTTP/1.1.
        case streamed(Int?)
    }

    private enum Kind { case get, head, post, upload }

    private var kind: Kind?
    private var custom: String?

    /// - Parameter bytes: the memory of an inline body, to be left alone while the transfer runs.
    mutating func apply(to easy: UnsafeMutableRawPointer, method: String, body: Body, bytes: UnsafeMutableRawPointer?) -> Bool {
        switch body {
        case .none where method == "HEAD":
            return turn(easy, .head, implied: "HEAD", method)
        case .none:
            return turn(easy, .get, implied: "GET", method)
        case .inline(let count):
            return turn(easy, .post, implied: "POST", method)
                && pantograph_easy_set_pointer(easy, CURLOPT_POSTFIELDS, bytes) == CURLE_OK
                && pantograph_easy_set_offset(easy, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(count)) == CURLE_OK
        case .streamed(let size):
            return turn(easy, .upload, implied: "PUT", method)
                && pantograph_easy_set_offset(easy, CURLOPT_INFILESIZE_LARGE, curl_off_t(size ?? -1)) == CURLE_OK
        }
    }

    private mutating func turn(_ easy: UnsafeMutableRawPointer, _ wanted: Kind, implied: String, _ method: String) -> Bool {
        if kind != wanted {
            // Each option also undoes the one before; an upload is ended expressly, since older versions remember it.
            if kind == .upload, pantograph_easy_set_long(easy, CURLOPT_UPLOAD, 0) != CURLE_OK { return false }
            guard pantograph_easy_set_long(easy, Self.option(wanted), 1) == CURLE_OK else { return false }
            kind = wanted
        }
        let name = method == implied ? nil : method
        guard name != custom else { return true }
        custom = name
        return pantograph_easy_set_string(easy, CURLOPT_CUSTOMREQUEST, name) == CURLE_OK
    }

    private static func option(_ kind: Kind) -> CURLoption {
        switch kind {
        case .get: CURLOPT_HTTPGET
        case .head: CURLOPT_NOBODY
        case .post: CURLOPT_POST
        case .upload: CURLOPT_UPLOAD
        }
    }
}
