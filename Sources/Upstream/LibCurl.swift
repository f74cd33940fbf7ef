internal import CCurl
internal import Glibc

/// What holds for libcurl in this process as a whole.
enum LibCurl {
    /// Initialises libcurl once and checks that it can do what is needed.
    static func prepare() throws(UpstreamClientError) {
        if let reason = initialised { throw .library(reason) }
    }

    private static let initialised: String? = {
        guard curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK else { return "could not be initialised" }
        guard let information = curl_version_info(CURLVERSION_FIRST)?.pointee else { return "does not tell its version" }
        guard information.version_num >= 0x07_58_00 else { return "is version \(String(cString: information.version))" }
        let needed: [(Int32, String)] = [(CURL_VERSION_SSL, "TLS"), (CURL_VERSION_HTTP2, "HTTP/2"), (CURL_VERSION_ASYNCHDNS, "a resolver of its own")]
        for (bit, name) in needed where information.features & bit == 0 { return "was built without \(name)" }
        return nil
    }()

    /// - Parameter words: what libcurl has put into the error buffer; may be empty.
    static func text(_ code: CURLcode, _ words: String) -> String { words.isEmpty ? text(code) : words }
    static func text(_ code: CURLcode) -> String { String(cString: curl_easy_strerror(code)) }
    static func text(_ code: CURLMcode) -> String { String(cString: curl_multi_strerror(code)) }

    /// The file of CA certificates that libcurl uses by itself, where it is readable.
    static func defaultCAFile() -> String? {
        guard let easy = curl_easy_init() else { return nil }
        defer { curl_easy_cleanup(easy) }
        var path: UnsafeMutablePointer<CChar>?
        guard pantograph_easy_get_string(easy, CURLINFO_CAINFO, &path) == CURLE_OK, let path else { return nil }
        return access(path, R_OK) == 0 ? String(cString: path) : nil
    }
}

/// A file of CA certificates, looked at before it is given to libcurl, which would find out at the first connection only.
enum CAFile {
    /// Why it can't be used; nil where it can.
    static func problem(_ path: String) -> String? {
        guard let file = fopen(path, "re") else { return "can't be read (\(String(cString: strerror(errno))))" }
        defer { fclose(file) }
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) >= 0 {
            if let line, strncmp(line, "-----BEGIN ", 11) == 0, strstr(line, "CERTIFICATE-----") != nil { return nil }
        }
        return "holds no certificate in PEM form"
    }
}
