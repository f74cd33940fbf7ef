internal import Glibc

/// A file read whole, up to a bound.
struct FileText {
    var bytes: [UInt8]
    /// Whether people other than the owner and the group may read it.
    var isWorldReadable: Bool

    /// Why a file could not be read, in the system's words.
    struct Fault: Error {
        var reason: String
    }

    /// - Parameter bound: bytes beyond which the file is refused.
    static func read(_ path: String, bound: Int) throws(Fault) -> FileText {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .lastError }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .lastError }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw Fault(reason: "it is a directory") }
        // Opening must not wait for a pipe's writer; reading has to.
        guard fcntl(descriptor, F_SETFL, 0) == 0 else { throw .lastError }
        var bytes: [UInt8] = []
        while bytes.count <= bound {
            var buffer = [UInt8](repeating: 0, count: 64 * 1024)
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .lastError }
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        guard bytes.count <= bound else { throw Fault(reason: "it is larger than \(SizeText.string(bound))") }
        return FileText(bytes: bytes, isWorldReadable: status.st_mode & S_IROTH != 0)
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// A path of the configuration as the system takes it: relative ones start at the configuration's directory.
    static func resolve(_ path: String, in directory: String) -> String {
        path.hasPrefix("/") || directory.isEmpty || directory == "." ? path : "\(directory)/\(path)"
    }

    /// The part of a path before its last component; empty where there is none.
    static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "" }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}

extension FileText.Fault {
    static var lastError: Self { Self(reason: String(cString: strerror(errno))) }
}
