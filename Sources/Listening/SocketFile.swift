internal import Exchange

#if canImport(Glibc)
internal import Glibc
#endif

/// The file of a Unix-domain socket: made room for before binding, and removed in the end by the one who made it.
struct SocketFile: Sendable {
    let path: String
    private let device: dev_t
    private let inode: ino_t

    /// `sun_path` without its final NUL.
    static let longestPath = MemoryLayout.size(ofValue: sockaddr_un().sun_path) - 1

    /// Looks at a file that was just bound.
    init?(boundAt path: String) {
        var facts = stat()
        guard lstat(path, &facts) == 0 else { return nil }
        self.path = path
        device = facts.st_dev
        inode = facts.st_ino
    }

    /// Removes the file, unless another has taken its place.
    func remove() {
        var facts = stat()
        guard lstat(path, &facts) == 0, facts.st_dev == device, facts.st_ino == inode else { return }
        unlink(path)
    }

    /// Sees to it that `path` can be bound: a socket that nobody listens on any more is removed.
    static func makeRoom(at path: String, for address: ListenAddress) throws(ListenError) {
        guard !path.isEmpty, path.utf8.count <= longestPath, !path.utf8.contains(0) else {
            throw .pathTooLong(address, limit: longestPath)
        }
        var facts = stat()
        guard lstat(path, &facts) == 0 else {
            if errno == ENOENT { return }
            throw error(errno, for: address)
        }
        guard facts.st_mode & S_IFMT == S_IFSOCK else { throw .pathIsNoSocket(address) }
        guard try !isListenedOn(path, for: address) else { throw .pathInUse(address) }
        guard unlink(path) == 0 || errno == ENOENT else { throw error(errno, for: address) }
    }

    /// Whether somebody accepts connections at `path`, tried by connecting.
    private static func isListenedOn(_ path: String, for address: ListenAddress) throws(ListenError) -> Bool {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue), 0)
        guard descriptor >= 0 else { throw error(errno, for: address) }
        defer { close(descriptor) }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if result == 0 { return true }
        switch errno {
        case ECONNREFUSED, ENOENT: return false
        // Its queue is full, so somebody holds it.
        case EAGAIN, EINPROGRESS: return true
        // A socket of another kind is bound there.
        case EPROTOTYPE: return true
        default: throw error(errno, for: address)
        }
    }

    private static func error(_ code: Int32, for address: ListenAddress) -> ListenError {
        ListenError.of(code, for: address)
    }
}

extension ListenError {
    /// What a system call's error means for the one who wrote the address.
    static func of(_ code: Int32, for address: ListenAddress) -> ListenError {
        switch code {
        case EADDRINUSE: .inUse(address)
        case EADDRNOTAVAIL, EAFNOSUPPORT: .notAvailable(address)
        case EACCES, EPERM, EROFS: .notPermitted(address)
        case ENOENT, ENOTDIR: .directoryMissing(address)
        default: .failed(address, reason: String(cString: strerror(code)) + ".")
        }
    }
}
