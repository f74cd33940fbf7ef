internal import Glibc

/// A file read whole, up to a bound.
package struct FileText {
    var bytes: [UInt8]
    /// Whether people other than the owner and the group may read it.
    var isWorldReadable: Bool

    /// Why a file could not be read, in the system's words.
    package struct Fault: Error {
        package var reason: String
        /// A file that was to be made is there.
        package var isThereAlready = false
    }

    /// Writes a whole file, readable by all as configurations are.
    ///
    /// - Parameter overwriting: whether a file that is there is replaced; else it is left as it is.
    package static func write(_ text: String, to path: String, overwriting: Bool) throws(Fault) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (overwriting ? O_TRUNC : O_EXCL), 0o644)
        guard descriptor >= 0 else { throw errno == EEXIST ? Fault(reason: "it exists", isThereAlready: true) : .lastError }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw .lastError }
            rest = rest.dropFirst(count)
        }
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
        guard !path.hasPrefix("/"), !directory.isEmpty, directory != "." else { return path }
        return directory + "/" + (path.hasPrefix("./") ? path.dropFirst(2) : path[...])
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
