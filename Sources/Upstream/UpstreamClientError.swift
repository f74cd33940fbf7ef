/// Why no client could be made of the configuration: one sentence each, for the person who starts the process.
package enum UpstreamClientError: Error, Sendable, Hashable, CustomStringConvertible {
    /// libcurl is too old or lacks what is needed.
    case library(String)
    /// libcurl does not take the upstream's base URL.
    case url(upstream: String, url: String, reason: String)
    /// `tls.ca_file` can't be read or holds no certificate.
    case caFile(upstream: String, path: String, reason: String)
    /// The system refused a descriptor, memory or a thread.
    case system(what: String, reason: String)

    package var description: String {
        switch self {
        case .library(let reason):
            "libcurl \(reason): install libcurl4 7.88 or later with TLS and HTTP/2"
        case .url(let upstream, let url, let reason):
            "upstreams.\(upstream).url: \(url) can't be called (\(reason)): write it as http://host:port or https://host"
        case .caFile(let upstream, let path, let reason):
            "upstreams.\(upstream).tls.ca_file: \(path) \(reason): name a PEM file of CA certificates that this process may read"
        case .system(let what, let reason):
            "no \(what) for the upstream side (\(reason)): raise the process's limits"
        }
    }
}
