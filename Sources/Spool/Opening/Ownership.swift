#if canImport(Glibc)
internal import Glibc
#endif
internal import Synchronization

/// The one right to a spool's directory, held by a lock on the file `lock` in it. The system ends it with the process, however
/// that ends, so that a crash leaves nothing to clean up.
final class Ownership: Sendable {
    private let descriptor: Mutex<Int32?>

    /// Makes the directory where it is missing, for its owner alone.
    init(_ directory: String, _ faults: Faults) throws(SpoolFault) {
        try Ownership.makeDirectory(directory, mode: 0o700, faults)
        let file = open(directory + "/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw faults.fault(errno: errno) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let code = errno
            let owner = Ownership.process(writtenIn: file)
            Glibc.close(file)
            throw code == EWOULDBLOCK ? faults.inUse(by: owner) : faults.fault(errno: code)
        }
        descriptor = Mutex(file)
        // For the message that a second process gets, no more: that it could not be written is no reason to stop.
        ftruncate(file, 0)
        let text = Array("\(getpid())\n".utf8)
        _ = pwrite(file, text, text.count, 0)
    }

    deinit { end() }

    func end() {
        descriptor.withLock { descriptor in
            if let file = descriptor { Glibc.close(file) }
            descriptor = nil
        }
    }

    private static func process(writtenIn file: Int32) -> Int32? {
        var text = [UInt8](repeating: 0, count: 16)
        let count = pread(file, &text, text.count, 0)
        guard count > 0 else { return nil }
        return Int32(String(decoding: text[..<count].prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self))
    }

    /// Makes those above it as well, as `mkdir -p` does.
    private static func makeDirectory(_ path: String, mode: mode_t, _ faults: Faults) throws(SpoolFault) {
        guard mkdir(path, mode) != 0 else { return }
        switch errno {
        case ENOENT:
            let parent = parent(of: path)
            guard !parent.isEmpty, parent != path else { throw faults.fault(errno: ENOENT) }
            try makeDirectory(parent, mode: 0o755, faults)
            guard mkdir(path, mode) == 0 || errno == EEXIST else { throw faults.fault(errno: errno) }
        case ENOTDIR: throw faults.notADirectory(firstFile(above: path))
        case let code:
            var status = stat()
            // Of a directory that is there, a file system may say first that it is read-only.
            guard stat(path, &status) == 0 else { throw faults.fault(errno: code) }
            guard status.st_mode & S_IFMT == S_IFDIR else { throw faults.notADirectory(path) }
        }
    }

    /// The one above a path that is there, and is no directory.
    private static func firstFile(above path: String) -> String {
        var (above, status) = (parent(of: path), stat())
        while !above.isEmpty, stat(above, &status) != 0 { above = parent(of: above) }
        return above
    }

    private static func parent(of path: String) -> String {
        var parts = path[...]
        while parts.count > 1, parts.last == "/" { parts = parts.dropLast() }
        guard let slash = parts.lastIndex(of: "/") else { return "" }
        return slash == parts.startIndex ? "/" : String(parts[..<slash])
    }
}
