internal import GRDB
#if canImport(Glibc)
internal import Glibc
#endif

/// A row that can't be what was written.
struct Unreadable: Error {
    var what: String
}

/// Makes what SQLite and the system report a fault of one directory's spool, with a sentence that says what to do.
struct Faults: Sendable {
    let directory: String

    func fault(of error: any Error) -> SpoolFault {
        switch error {
        case let fault as SpoolFault: fault
        case let unreadable as Unreadable: corrupt(unreadable.what)
        case let error as DatabaseError: fault(of: error)
        default: fault(.io, cause: "\(error)")
        }
    }

    /// Of a system call, by its `errno`.
    func fault(errno code: Int32) -> SpoolFault {
        let cause = String(cString: strerror(code))
        return switch code {
        case ENOSPC, EDQUOT: fault(.diskFull, cause: cause)
        case EROFS, EACCES, EPERM: fault(.readOnly, cause: cause)
        default: fault(.io, cause: cause)
        }
    }

    private func fault(of error: DatabaseError) -> SpoolFault {
        let cause = error.message ?? error.resultCode.description
        return switch error.resultCode {
        case .SQLITE_FULL: fault(.diskFull, cause: cause)
        case .SQLITE_READONLY, .SQLITE_PERM: fault(.readOnly, cause: cause)
        case .SQLITE_CORRUPT, .SQLITE_NOTADB: corrupt(cause)
        // The system's own reason is not handed on: the file system is asked.
        case .SQLITE_CANTOPEN: fault(fileSystemFault ?? .readOnly, cause: cause)
        default: fault(fileSystemFault ?? .io, cause: cause)
        }
    }

    private var fileSystemFault: SpoolFault.Code? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        if status.f_flag & UInt(ST_RDONLY) != 0 { return .readOnly }
        return status.f_bavail == 0 ? .diskFull : nil
    }

    /// Bytes that may still be written to the directory's file system; nil where it doesn't say.
    var freeBytes: Int? {
        var status = statvfs()
        guard statvfs(directory, &status) == 0 else { return nil }
        return Int(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }

    // MARK: Sentences

    private func fault(_ code: SpoolFault.Code, cause: String) -> SpoolFault {
        let remedy = switch code {
        case .diskFull: "free space there, or set spool.path to a larger disk"
        case .readOnly: "let this user write to the directory and the files in it, or mount its file system writable"
        default: "check the disk and the system's log"
        }
        return SpoolFault(code, "the spool in \(directory) can't be used (\(cause)); \(remedy)")
    }

    private func corrupt(_ cause: String) -> SpoolFault {
        SpoolFault(
            .corrupt, """
                the spool in \(directory) is damaged (\(cause)); stop pantograph and move spool.db and spool.db-wal out of it: the next \
                start begins with an empty spool, what was pending is not delivered, and `sqlite3 spool.db .recover` may read the rest
                """)
    }

    var notOurs: SpoolFault {
        SpoolFault(
            .corrupt, "spool.db in \(directory) is not a spool but another program's file; set spool.path to a directory of its own")
    }

    func newer(_ version: Int64) -> SpoolFault {
        SpoolFault(
            .newer, """
                the spool in \(directory) was made by a later version of pantograph (schema \(version), this one knows \
                \(Schema.version)); run that version, or set spool.path to another directory
                """)
    }

    func inUse(by process: Int32?) -> SpoolFault {
        let owner = process.map { "another process (pid \($0))" } ?? "another process"
        return SpoolFault(.inUse, "the spool in \(directory) belongs to \(owner); stop it, or set spool.path to another directory")
    }

    func notADirectory(_ path: String) -> SpoolFault {
        SpoolFault(.io, "the spool can't be in \(directory): \(path) is not a directory; set spool.path to one")
    }

    func tooMuchWaits(_ operations: Int, _ bytes: Int) -> SpoolFault {
        SpoolFault(
            .io, """
                the spool in \(directory) does not keep up: \(operations) operations with \(bytes) bytes of bodies wait to be written; \
                send less at a time, or use a faster disk
                """)
    }

    var closed: SpoolFault { SpoolFault(.closed, "the spool in \(directory) has been closed; start pantograph again to use it") }
}
