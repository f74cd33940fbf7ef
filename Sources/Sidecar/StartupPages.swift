internal import CGlibc
internal import Glibc

/// The pages of the program and its libraries that only the start needed.
///
/// The dynamic loader, the libraries' initialisers and Swift's runtime read far more of the files than a running sidecar does,
/// and with each page that is touched the kernel maps those around it. They are counted as the process's own until memory is
/// short: four fifths of what it holds at rest.
enum StartupPages {
    /// When to give back, counted from readiness and then each from the one before: at once what the start needed, later what
    /// the first calls, probes and scrapes needed only once, when Swift looked for their types through whole tables.
    private static let pauses: [Duration] = [.seconds(1), .seconds(120)]

    static func giveBackWhenSettled() async throws {
        for pause in pauses {
            try await Task.sleep(for: pause)
            giveBack()
        }
    }

    /// Unmaps every page of the loaded files that can't have been changed. One that is used again comes back from the page
    /// cache by a minor fault, so that the first calls pay for some hundred of them, once.
    static func giveBack() {
        pantograph_each_segment { segment in
            guard let pages = StartupPages.pages(of: segment, pageSize: UInt(getpagesize())) else { return }
            // Refused where pages are locked: then they are meant to stay.
            madvise(UnsafeMutableRawPointer(bitPattern: pages.lowerBound), pages.count, MADV_DONTNEED)
        }
    }

    /// The whole pages of a segment, or nil where it may be written: there, what relocation and the program have changed
    /// would be lost. What the loader protects after relocation (RELRO) lies in a writable segment too.
    static func pages(of segment: pantograph_segment, pageSize: UInt) -> Range<UInt>? {
        guard segment.flags & UInt32(PF_W) == 0 else { return nil }
        // A page that the segment has only in part may belong to its neighbour as well.
        let first = (segment.start + pageSize - 1) / pageSize * pageSize
        let end = (segment.start + UInt(segment.size)) / pageSize * pageSize
        return first < end ? first ..< end : nil
    }
}
