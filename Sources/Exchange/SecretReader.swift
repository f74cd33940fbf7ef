#if canImport(Glibc)
internal import Glibc
#endif
internal import Synchronization

/// Why a secret has no text: a sentence that says what to change, without the secret.
package enum SecretError: Error, Sendable, Hashable, CustomStringConvertible {
    case missingVariable(String)
    case emptyVariable(String)
    /// `reason` is the system's own word, e.g. "Permission denied".
    case unreadable(path: String, reason: String)
    case emptyFile(path: String)
    case tooLarge(path: String, limit: Int)
    case notText(path: String)

    package var description: String {
        switch self {
        case .missingVariable(let name): "the environment variable \(name) is not set; set it to the secret"
        case .emptyVariable(let name): "the environment variable \(name) is empty; set it to the secret"
        case .unreadable(let path, let reason): "the file \(path) can't be read (\(reason)); make it a readable regular file"
        case .emptyFile(let path): "the file \(path) is empty; write the secret to it"
        case .tooLarge(let path, let limit): "the file \(path) is longer than \(limit) bytes; it should hold the secret alone"
        case .notText(let path): "the file \(path) is not UTF-8 text; write the secret to it as text"
        }
    }
}

/// A secret's text as it stands. That of a file follows the file: it is looked at again at most once a second, and when it
/// can't be read for a while, the last text that could be holds.
///
/// The one thing in `Exchange` that reads files, on purpose: upstream credentials and exporter headers need the same, and the
/// rooms that use them do not see each other. May be used on any thread; a look at the file is a system call or two.
package final class SecretReader: Sendable {
    private enum Source: Sendable {
        case fixed(String)
        case file(path: String)
    }

    private struct Kept {
        var text: String
        var file: SecretFile.Version
        var nextLook: MonotonicTime
    }

    private static let pause = Duration.seconds(1)

    private let source: Source
    private let kept: Mutex<Kept?>
    private let now: @Sendable () -> MonotonicTime

    /// Reads the secret once, so that a missing one is known before anything depends on it.
    package convenience init(_ secret: Secret) throws(SecretError) {
        try self.init(secret, now: { MonotonicTime.now() })
    }

    init(_ secret: Secret, now: @escaping @Sendable () -> MonotonicTime) throws(SecretError) {
        self.now = now
        switch secret {
        case .literal(let text):
            source = .fixed(text)
            kept = Mutex(nil)
        case .environment(let name):
            source = .fixed(try SecretReader.variable(name))
            kept = Mutex(nil)
        case .file(let path):
            source = .file(path: path)
            let (text, version) = try SecretFile.read(path)
            kept = Mutex(Kept(text: text, file: version, nextLook: now().advanced(by: SecretReader.pause)))
        }
    }

    /// The text, without the one line ending that editors leave at the end of a file.
    package func current() -> String {
        guard case .file(let path) = source else { return fixedText }
        let time = now()
        return kept.withLock { kept in
            guard var known = kept else { return "" }
            guard time >= known.nextLook else { return known.text }
            known.nextLook = time.advanced(by: SecretReader.pause)
            if known.file.mayDiffer(from: SecretFile.Version(path: path)), let (text, version) = try? SecretFile.read(path) {
                (known.text, known.file) = (text, version)
            }
            kept = known
            return known.text
        }
    }

    private var fixedText: String {
        if case .fixed(let text) = source { text } else { "" }
    }

    private static func variable(_ name: String) throws(SecretError) -> String {
        guard let value = getenv(name) else { throw .missingVariable(name) }
        let text = String(cString: value)
        guard !text.isEmpty else { throw .emptyVariable(name) }
        return text
    }
}

/// A file that holds one secret.
private enum SecretFile {
    static let limit = 65_536

    /// What tells one content of a file from the next without reading it.
    struct Version: Equatable {
        private var device: dev_t = 0
        private var inode: ino_t = 0
        private var size: off_t = 0
        private var seconds: time_t = 0
        private var nanoseconds: Int = 0
        /// False where the file was written so shortly before it was read that another write might leave the same time.
        private var isSettled = false

        /// nil where there is no such file.
        init?(path: String) {
            var status = stat()
            guard fstatat(AT_FDCWD, path, &status, 0) == 0 else { return nil }
            self.init(status)
        }

        init(_ status: stat) {
            device = status.st_dev
            inode = status.st_ino
            size = status.st_size
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
            isSettled = time(nil) > seconds.addingReportingOverflow(1).partialValue
        }

        func mayDiffer(from other: Version?) -> Bool {
            guard var other else { return true }
            other.isSettled = isSettled
            return !isSettled || self != other
        }
    }

    static func read(_ path: String) throws(SecretError) -> (text: String, version: Version) {
        // O_NONBLOCK: a pipe nobody writes to must not hold up whoever asks.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw .unreadable(path: path, reason: "not a regular file")
        }
        let version = Version(status)
        let bytes = try content(of: descriptor, path)
        guard !bytes.isEmpty else { throw .emptyFile(path: path) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(path: path) }
        return (text, version)
    }

    private static func content(of descriptor: Int32, _ path: String) throws(SecretError) -> ArraySlice<UInt8> {
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var length = 0
        while length < bytes.count {
            let count = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress?.advanced(by: length), $0.count - length) }
            guard count >= 0 || errno == EINTR else { throw .unreadable(path: path, reason: String(cString: strerror(errno))) }
            guard count != 0 else { break }
            length += max(0, count)
        }
        guard length <= limit else { throw .tooLarge(path: path, limit: limit) }
        return withoutLineEnding(bytes[..<length])
    }

    private static func withoutLineEnding(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard bytes.last == UInt8(ascii: "\n") else { return bytes }
        let line = bytes.dropLast()
        return line.last == UInt8(ascii: "\r") ? line.dropLast() : line
    }
}
