import Foundation
@testable import Telemetry

/// A file without a name that log lines go to, of any length.
final class Capture {
    private let file: UnsafeMutablePointer<FILE>
    var descriptor: Int32 { fileno(file) }

    init() throws {
        guard let file = tmpfile() else { throw CocoaError(.fileWriteUnknown) }
        self.file = file
    }

    deinit { fclose(file) }

    /// Everything written so far.
    var bytes: [UInt8] {
        let length = Int(lseek(descriptor, 0, SEEK_END))
        var bytes = [UInt8](repeating: 0, count: length)
        let count = pread(descriptor, &bytes, length, 0)
        return Array(bytes.prefix(max(0, count)))
    }

    /// Each line, parsed strictly.
    var objects: [[String: Any]] { get throws { try Self.objects(in: bytes) } }

    static func objects(in bytes: [UInt8]) throws -> [[String: Any]] {
        try bytes.split(separator: 0x0A).map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line))
            guard let object = object as? [String: Any] else { throw CocoaError(.coderInvalidValue) }
            return object
        }
    }
}

/// A pipe, its ends closed when they are told to be or at the end.
final class Pipe {
    private(set) var reading: Int32
    private(set) var writing: Int32

    init(nonBlocking: Bool = false) throws {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw CocoaError(.fileWriteUnknown) }
        (reading, writing) = (ends[0], ends[1])
        if nonBlocking { _ = fcntl(writing, F_SETFL, O_NONBLOCK) }
    }

    deinit {
        closeReading()
        closeWriting()
    }

    func closeReading() {
        if reading >= 0 { close(reading) }
        reading = -1
    }

    func closeWriting() {
        if writing >= 0 { close(writing) }
        writing = -1
    }

    /// All bytes from here to the end, read on a thread of its own.
    static func drain(_ descriptor: Int32) -> Task<[UInt8], Never> {
        Task.detached {
            await withCheckedContinuation { continuation in
                Thread.detachNewThread {
                    var (all, part) = ([UInt8](), [UInt8](repeating: 0, count: 65_536))
                    while true {
                        let count = read(descriptor, &part, part.count)
                        guard count > 0 else { break }
                        all.append(contentsOf: part[..<count])
                    }
                    continuation.resume(returning: all)
                }
            }
        }
    }
}
