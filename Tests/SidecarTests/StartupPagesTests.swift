import CGlibc
import Glibc
import Synchronization
import Testing

@testable import Sidecar

struct StartupPagesTests {
    @Test(arguments: [
        (0x1000, 0x3000, PF_R, 0x1000 ..< 0x4000), (0x1000, 0x3000, PF_R | PF_X, 0x1000 ..< 0x4000),
        (0x1000, 0x2fff, PF_R, 0x1000 ..< 0x3000), (0x1001, 0x2fff, PF_R, 0x2000 ..< 0x4000),
        (0x1fff, 0x1002, PF_R, 0x2000 ..< 0x3000), (0x1000, 0x1000, PF_R, 0x1000 ..< 0x2000),
    ] as [(UInt, Int, Int32, Range<UInt>)])
    func wholePagesOfASegmentThatIsNotWritten(start: UInt, size: Int, flags: Int32, pages: Range<UInt>) {
        let segment = pantograph_segment(start: start, size: size, flags: UInt32(flags))
        #expect(StartupPages.pages(of: segment, pageSize: 0x1000) == pages)
    }

    @Test(arguments: [
        (0x1000, 0x3000, PF_R | PF_W), (0x1000, 0x3000, PF_W), (0x1000, 0x3000, PF_R | PF_W | PF_X),
        (0x1000, 0xfff, PF_R), (0x1001, 0x1ffe, PF_R), (0x1000, 0, PF_R),
    ] as [(UInt, Int, Int32)])
    func nothingOfOneThatMayBeWrittenOrHasNoWholePage(start: UInt, size: Int, flags: Int32) {
        let segment = pantograph_segment(start: start, size: size, flags: UInt32(flags))
        #expect(StartupPages.pages(of: segment, pageSize: 0x1000) == nil)
    }

    /// Everything that may be read is in memory before, and reads the same after.
    @Test func whatIsGivenBackComesBackAsItWas() throws {
        let before = Loaded.sums()
        #expect(before.count > 10)
        let held = try residentFilePages()
        StartupPages.giveBack()
        let left = try residentFilePages()
        // Reading it all had mapped some hundred MiB: other tests run meanwhile and touch a part of it again.
        #expect(left < held / 2)
        #expect(Loaded.sums() == before)
    }

    /// RssFile, in KiB.
    private func residentFilePages() throws -> Int {
        let file = try #require(fopen("/proc/self/status", "r"))
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            var value: CLong = 0
            let isFound = withUnsafeMutablePointer(to: &value) { value in
                withVaList([value]) { vsscanf(line, "RssFile: %ld kB", $0) } == 1
            }
            if isFound { return value }
        }
        Issue.record("no RssFile in /proc/self/status")
        return 0
    }
}

/// A sum over each segment that is readable and not writable, in the loader's order: of some words of each page.
private enum Loaded {
    private static let found = Mutex<[UInt64]>([])

    static func sums() -> [UInt64] {
        found.withLock { $0 = [] }
        pantograph_each_segment { segment in
            guard segment.flags & UInt32(PF_W) == 0, segment.flags & UInt32(PF_R) != 0 else { return }
            let bytes = UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: segment.start), count: segment.size)
            var sum: UInt64 = 0
            for offset in stride(from: 0, to: bytes.count - 7, by: 512) {
                sum = sum &* 31 &+ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            }
            Loaded.found.withLock { $0.append(sum) }
        }
        return found.withLock { $0 }
    }
}
