import Foundation
import Synchronization

/// TLS in front of scripted servers, which have none: a process of its own for all of them (`Tests/Integration/stage/relay.py`), which
/// ends with this one.
final class SecureRelay: Sendable {
    /// `PANTOGRAPH_TEST_TLS=1` puts it in front of every scripted server, so that the tests hold for connections with TLS, too.
    static let shared: SecureRelay? = {
        guard ProcessInfo.processInfo.environment["PANTOGRAPH_TEST_TLS"] != nil else { return nil }
        do { return try SecureRelay() } catch { preconditionFailure("the relay did not start: \(error)") }
    }()

    let caFile: String
    private let process = Process()
    private let commands = Pipe()
    private let answers = Pipe()
    private let turn = Mutex(())

    private init() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "pantograph-relay-\(ProcessInfo.processInfo.processIdentifier)")
        caFile = folder.appending(path: "authority.pem").path()
        process.executableURL = URL(filePath: "/usr/bin/python3")
        process.arguments = ["-m", "stage.relay", folder.path()]
        process.currentDirectoryURL = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Integration")
        process.standardInput = commands
        process.standardOutput = answers
        try process.run()
    }

    /// Where the server at this port is reached by TLS.
    func port(of server: Int) -> Int {
        turn.withLock { _ in
            commands.fileHandleForWriting.write(Data("\(server)\n".utf8))
            var line = Data()
            while let byte = try? answers.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data([0x0A]) { line += byte }
            return Int(String(decoding: line, as: UTF8.self)) ?? 0
        }
    }
}
