import Foundation
import Glibc
import NIOCore
import NIOHTTP1
import Testing

@testable import Playground

/// A plain blocking socket to a server of this process. Every wait ends after five seconds.
struct Peer: ~Copyable {
    enum End: Equatable { case closed, reset, timeout }

    private let descriptor: Int32

    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        try #require(descriptor >= 0)
        var limit = timeval(tv_sec: 5, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let outcome = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(outcome == 0)
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// Everything until the connection ends.
    func receiveAll() -> (text: String, end: End) {
        var all: [UInt8] = []
        while true {
            switch receive() {
            case .success(let bytes) where bytes.isEmpty: return (String(decoding: all, as: UTF8.self), .closed)
            case .success(let bytes): all += bytes
            case .failure(let fault): return (String(decoding: all, as: UTF8.self), fault.isReset ? .reset : .timeout)
            }
        }
    }

    /// Everything until `ending` has come, or the connection's end.
    func receive(until ending: String) -> String {
        var all: [UInt8] = []
        let ending = Array(ending.utf8)
        while !all.suffix(ending.count).elementsEqual(ending), case .success(let bytes) = receive(), !bytes.isEmpty { all += bytes }
        return String(decoding: all, as: UTF8.self)
    }

    private struct Fault: Error { var isReset: Bool }

    private func receive() -> Result<[UInt8], Fault> {
        var bytes = [UInt8](repeating: 0, count: 65536)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return count < 0 ? .failure(Fault(isReset: errno == ECONNRESET)) : .success(Array(bytes.prefix(count)))
    }
}

/// A scripted upstream of this process on a free port.
struct Upstream {
    let ledger: Ledger
    let server: ScriptedServer

    init(_ behave: String = "", mix: String? = nil, record: Int = 100) async throws {
        ledger = Ledger(capacity: record)
        let repertoire = try Repertoire(name: "test", behave: behave, mix: mix, seed: 1)
        let stage = ScriptedUpstream(name: "test", repertoire: repertoire, ledger: ledger)
        server = try await ScriptedServer(stage, host: "127.0.0.1", port: 0, threads: 1)
    }

    /// The whole of what comes back for one request on a connection of its own.
    func call(_ script: String = "", method: String = "GET", body: String = "", close: Bool = true) throws -> (text: String, end: Peer.End) {
        let peer = try Peer(port: server.port)
        let fields = ["Host: a", "Content-Length: \(body.utf8.count)"] + (script.isEmpty ? [] : ["X-Playground-Test: \(script)"]) + (close ? ["Connection: close"] : [])
        peer.send("\(method) /x?y HTTP/1.1\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n\(body)")
        return peer.receiveAll()
    }

    func stop() async throws { try await server.stop() }
}

/// The part of an answer after its last head.
func body(of text: String) -> String {
    text.range(of: "\r\n\r\n", options: .backwards).map { String(text[$0.upperBound...]) } ?? ""
}
