import Foundation
import Glibc

/// A file system of a few megabytes that a test may fill or make read-only. Only the superuser can make one.
final class TinyDisk: Sendable {
    let path: String

    /// nil where it can't be mounted.
    init?(bytes: Int = 4 << 20) {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("disk-\(UUID().uuidString)").path
        guard mkdir(path, 0o700) == 0 else { return nil }
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(bytes)") == 0 else {
            rmdir(path)
            return nil
        }
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
        rmdir(path)
    }

    static let isAvailable = TinyDisk() != nil

    /// Takes every byte that is left.
    func fill() {
        let file = open(path + "/filler", O_WRONLY | O_CREAT, 0o600)
        defer { close(file) }
        let zeros = [UInt8](repeating: 0, count: 4096)
        for size in [4096, 1] { while write(file, zeros, size) > 0 {} }
    }

    func makeRoom() { unlink(path + "/filler") }
    func makeReadOnly() -> Bool { mount("tmpfs", path, "tmpfs", UInt(MS_REMOUNT | MS_RDONLY), nil) == 0 }
}
