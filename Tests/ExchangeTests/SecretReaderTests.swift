import Foundation
import Synchronization
import Testing

@testable import Exchange

@Suite("Secrets")
struct SecretReaderTests {
    @Test("A literal is what it is")
    func literal() throws {
        #expect(try SecretReader(.literal("s3cret\n")).current() == "s3cret\n")
        #expect(try SecretReader(.literal("")).current() == "")
    }

    @Test("The environment's variable, which must be there and not empty")
    func environment() throws {
        setenv("PANTOGRAPH_TEST_SECRET", "s3cret", 1)
        setenv("PANTOGRAPH_TEST_EMPTY", "", 1)
        #expect(try SecretReader(.environment("PANTOGRAPH_TEST_SECRET")).current() == "s3cret")
        #expect(throws: SecretError.emptyVariable("PANTOGRAPH_TEST_EMPTY")) { try SecretReader(.environment("PANTOGRAPH_TEST_EMPTY")) }
        #expect(throws: SecretError.missingVariable("PANTOGRAPH_TEST_NONE")) { try SecretReader(.environment("PANTOGRAPH_TEST_NONE")) }
    }

    @Test(
        "One line ending at the end of a file does not count",
        arguments: [("a", "a"), ("a\n", "a"), ("a\r\n", "a"), ("a\n\n", "a\n"), ("a\nb\n", "a\nb"), (" a ", " a "), ("a\r", "a\r"), ("ä\n", "ä")])
    func lineEndings(content: String, secret: String) throws {
        let file = try SecretFixture(content)
        #expect(try file.reader().current() == secret)
    }

    @Test("What a file must be")
    func unusable() throws {
        let file = try SecretFixture("")
        #expect(throws: SecretError.emptyFile(path: file.path)) { try file.reader() }
        try file.write("\n")
        #expect(throws: SecretError.emptyFile(path: file.path)) { try file.reader() }
        try file.write(bytes: [0x61, 0xFF])
        #expect(throws: SecretError.notText(path: file.path)) { try file.reader() }
        try file.write(String(repeating: "x", count: 65_536))
        #expect(try file.reader().current().utf8.count == 65_536)
        try file.write(String(repeating: "x", count: 65_537))
        #expect(throws: SecretError.tooLarge(path: file.path, limit: 65_536)) { try file.reader() }
        try file.remove()
        #expect(throws: SecretError.unreadable(path: file.path, reason: "No such file or directory")) { try file.reader() }
        #expect(throws: SecretError.unreadable(path: "/", reason: "not a regular file")) { try SecretReader(.file("/")) }
        // A pipe that nobody writes to must not hold anything up.
        #expect(mkfifo(file.path, 0o600) == 0)
        #expect(throws: SecretError.unreadable(path: file.path, reason: "not a regular file")) { try file.reader() }
    }

    @Test("Every error is a sentence that names the place and not the secret")
    func sentences() {
        let errors: [SecretError] = [
            .missingVariable("NAME"), .emptyVariable("NAME"), .unreadable(path: "/NAME", reason: "why"), .emptyFile(path: "/NAME"),
            .tooLarge(path: "/NAME", limit: 1), .notText(path: "/NAME"),
        ]
        for error in errors { #expect(error.description.contains("NAME") && error.description.count < 120) }
    }

    @Test("A file that changes is read again, and looked at once a second at most")
    func change() throws {
        let file = try SecretFixture("first\n")
        let clock = HandClock()
        let reader = try file.reader(clock)
        try file.write("second\n")
        #expect(reader.current() == "first")
        clock.advance(.milliseconds(999))
        #expect(reader.current() == "first")
        clock.advance(.milliseconds(1))
        #expect(reader.current() == "second")
        try file.replace("third\n")
        #expect(reader.current() == "second")
        clock.advance(.seconds(1))
        #expect(reader.current() == "third")
    }

    @Test("A change that leaves size and time as they were is seen while the file is young")
    func sameTime() throws {
        let file = try SecretFixture("aaaa")
        let clock = HandClock()
        let reader = try file.reader(clock)
        let times = try file.times()
        try file.write("bbbb")
        try file.set(times)
        clock.advance(.seconds(1))
        #expect(reader.current() == "bbbb")
    }

    @Test("An old file that did not change is not read again")
    func settled() throws {
        let file = try SecretFixture("aaaa")
        let past = timespec(tv_sec: 1_000_000_000, tv_nsec: 0)
        try file.set(past)
        let clock = HandClock()
        let reader = try file.reader(clock)
        // Only a reader that trusts size and time can miss this, which is what shows that it does.
        try file.write("bbbb")
        try file.set(past)
        clock.advance(.seconds(1))
        #expect(reader.current() == "aaaa")
        try file.write("ccccc")
        try file.set(past)
        clock.advance(.seconds(1))
        #expect(reader.current() == "ccccc")
    }

    @Test("The last good text holds while the file can't be read")
    func outage() throws {
        let file = try SecretFixture("good")
        let clock = HandClock()
        let reader = try file.reader(clock)
        try file.remove()
        clock.advance(.seconds(1))
        #expect(reader.current() == "good")
        try file.write("")
        clock.advance(.seconds(1))
        #expect(reader.current() == "good")
        try file.write(bytes: [0xFF])
        clock.advance(.seconds(1))
        #expect(reader.current() == "good")
        try file.write("better")
        clock.advance(.seconds(1))
        #expect(reader.current() == "better")
    }

    @Test("Many threads at once")
    func threads() async throws {
        let file = try SecretFixture("a")
        let clock = HandClock()
        let reader = try file.reader(clock)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<500 {
                        clock.advance(.milliseconds(10))
                        guard ["a", "b"].contains(reader.current()) else { return false }
                    }
                    return true
                }
            }
            try? file.replace("b")
            for await allGood in group { #expect(allGood) }
        }
        clock.advance(.seconds(1))
        #expect(reader.current() == "b")
    }
}

/// A clock that goes on when it is told to.
private final class HandClock: Sendable {
    private let time = Atomic<UInt64>(1)
    var now: MonotonicTime { MonotonicTime(nanoseconds: time.load(ordering: .relaxed)) }
    func advance(_ duration: Duration) { time.wrappingAdd(UInt64(duration.nanoseconds), ordering: .relaxed) }
}

/// A file in a directory of its own, which goes with it.
private final class SecretFixture: Sendable {
    private let directory: URL
    let path: String

    init(_ content: String) throws {
        directory = FileManager.default.temporaryDirectory.appendingPathComponent("pantograph-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        path = directory.appendingPathComponent("secret").path
        try write(content)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    func reader(_ clock: HandClock = HandClock()) throws -> SecretReader { try SecretReader(.file(path), now: { clock.now }) }

    func write(_ content: String) throws { try write(bytes: Array(content.utf8)) }
    func write(bytes: [UInt8]) throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }
    func remove() throws { try FileManager.default.removeItem(atPath: path) }

    /// Another file in the place of this one, as secrets that are mounted change.
    func replace(_ content: String) throws {
        let other = path + ".new"
        try Data(content.utf8).write(to: URL(fileURLWithPath: other))
        #expect(rename(other, path) == 0)
    }

    func times() throws -> timespec {
        var status = stat()
        #expect(stat(path, &status) == 0)
        return status.st_mtim
    }

    func set(_ time: timespec) throws {
        #expect(utimensat(AT_FDCWD, path, [time, time], 0) == 0)
    }
}
