import Dispatch
import Exchange
import Foundation
import Glibc
import Testing

/// A plain blocking socket to a server of this process. Every wait ends after thirty seconds, and is waited for on a thread of
/// its own: those that tasks run on are the server's too.
final class Peer: Sendable {
    private let descriptor: Int32
    private let queue = DispatchQueue(label: "peer")

    init(_ address: ListenAddress) throws {
        switch address {
        case .ip(let host, let port): descriptor = try Peer.connected(host, port)
        case .unix(let path): descriptor = try Peer.connected(path)
        }
        var limit = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    private static func connected(_ host: String, _ port: Int) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = in_port_t(UInt16(port).bigEndian)
        name.sin_addr.s_addr = inet_addr(host)
        let outcome = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        try #require(outcome == 0)
        return descriptor
    }

    private static func connected(_ path: String) throws -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        let outcome = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
        try #require(outcome == 0)
        return descriptor
    }

    /// False where the other end took no more.
    @discardableResult
    func send(_ text: String) async -> Bool { await apart { self.sends(text) } }

    /// Everything until the other end closes.
    func receiveAll() async -> String { await apart { self.receivesAll() } }

    private func apart<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in queue.async { continuation.resume(returning: work()) } }
    }

    private func sends(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            sent += count
        }
        return true
    }

    private func receivesAll() -> String {
        var all: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { return String(decoding: all, as: UTF8.self) }
            all += bytes.prefix(count)
        }
    }
}

/// An answer taken apart.
struct Reply {
    let status: Int
    /// In the order they came, names in lower case.
    let fields: [String: String]
    let body: String

    init(_ text: String) throws {
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        let lines = parts[0].split(separator: "\r\n")
        let words = try #require(lines.first).split(separator: " ")
        status = try #require(words.count > 1 ? Int(words[1]) : nil)
        fields = lines.dropFirst().reduce(into: [:]) { fields, line in
            let pair = line.split(separator: ":", maxSplits: 1)
            fields[pair[0].lowercased()] = pair.count > 1 ? pair[1].trimmingCharacters(in: .whitespaces) : ""
        }
        body = parts.count > 1 ? String(parts[1]) : ""
    }

    var document: [String: Any] {
        get throws { try #require(try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any]) }
    }

    /// What a problem says; the answer is one (RFC 9457) that agrees with its status.
    var detail: String {
        get throws {
            #expect(fields["content-type"] == "application/problem+json")
            let document = try document
            #expect(document["status"] as? Int == status && document["type"] as? String == "about:blank")
            #expect((document["title"] as? String)?.isEmpty == false)
            return try #require(document["detail"] as? String)
        }
    }
}
