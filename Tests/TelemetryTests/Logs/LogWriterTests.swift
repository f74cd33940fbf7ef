import Exchange
import Foundation
import Testing
@testable import Telemetry

@Suite(.timeLimit(.minutes(1))) struct LogWriterTests {
    private func line(_ number: Int, padding: Int = 0) -> [UInt8] {
        Array("{\"n\":\(number),\"p\":\"\(String(repeating: "x", count: padding))\"}\n".utf8)
    }

    @Test func linesComeInOrderAndAllAreWrittenAtClosing() async throws {
        let capture = try Capture()
        let writer = LogWriter(LineOutput(descriptor: capture.descriptor))
        writer.write(line(0))
        writer.start()
        writer.start()
        for number in 1..<1000 { writer.write(line(number)) }
        await writer.close(within: .seconds(30))
        #expect(try capture.objects.compactMap { $0["n"] as? Int } == Array(0..<1000))
        #expect(writer.dropped == 0)
        writer.write(line(1000))
        #expect(writer.dropped == 1)
        await writer.close(within: .seconds(30))
        #expect(try capture.objects.count == 1000)
    }

    @Test func closingStartsWhatWasNeverStarted() async throws {
        let capture = try Capture()
        let writer = LogWriter(LineOutput(descriptor: capture.descriptor))
        writer.write(line(1))
        await writer.close(within: .seconds(30))
        #expect(try capture.objects.count == 1)
    }

    @Test func beyondTheBoundOfLinesTheyAreDroppedCountedAndTold() async throws {
        let capture = try Capture()
        let writer = LogWriter(LineOutput(descriptor: capture.descriptor), bounds: .init(lines: 10, bytes: 1_000_000))
        for number in 0..<15 { writer.write(line(number)) }
        #expect(writer.dropped == 5)
        await writer.close(within: .seconds(30))
        let objects = try capture.objects
        #expect(objects.compactMap { $0["n"] as? Int } == Array(0..<10))
        #expect(objects.count == 11)
        #expect(objects.last?["lines"] as? Int == 5)
        #expect(objects.last?["level"] as? String == "warning")
    }

    @Test func beyondTheBoundOfBytesTheyAreDropped() async throws {
        let capture = try Capture()
        let size = line(1, padding: 100).count
        let writer = LogWriter(LineOutput(descriptor: capture.descriptor), bounds: .init(lines: 1000, bytes: size * 3 + 1))
        for _ in 0..<5 { writer.write(line(1, padding: 100)) }
        #expect(writer.dropped == 2)
        await writer.close(within: .seconds(30))
        #expect(try capture.objects.filter { $0["n"] != nil }.count == 3)
    }

    /// Nobody reads for a while, then somebody does: callers never wait, and each line is read whole or counted.
    @Test(arguments: [false, true]) func aStalledReaderCostsLinesAndNoTime(_ nonBlocking: Bool) async throws {
        let pipe = try Pipe(nonBlocking: nonBlocking)
        let writer = LogWriter(LineOutput(descriptor: pipe.writing), bounds: .init(lines: 100, bytes: 1_000_000))
        writer.start()
        let sent = 2_000
        for number in 0..<sent { writer.write(line(number, padding: 1000)) }
        // The pipe holds 64 KiB and the queue 100 KB of the 2 MB: this many are sure to be lost.
        #expect(writer.dropped > 1_000)
        let read = Pipe.drain(pipe.reading)
        await writer.close(within: .seconds(30))
        pipe.closeWriting()
        let objects = try Capture.objects(in: await read.value)
        let numbers = objects.compactMap { $0["n"] as? Int }
        #expect(numbers == numbers.sorted())
        #expect(numbers.count + Int(writer.dropped) == sent)
        #expect(objects.compactMap { $0["lines"] as? Int }.reduce(0, +) == Int(writer.dropped))
    }

    @Test(arguments: [false, true]) func closingIsBoundedAndAReaderThatGoesAwayEndsNothing(_ nonBlocking: Bool) async throws {
        let pipe = try Pipe(nonBlocking: nonBlocking)
        let writer = LogWriter(LineOutput(descriptor: pipe.writing))
        writer.start()
        for number in 0..<300 { writer.write(line(number, padding: 1000)) }
        await writer.close(within: .milliseconds(50))
        // The thread may hang in a write still: now it gets EPIPE, and its signal is held.
        pipe.closeReading()
        await writer.close(within: .seconds(30))
        #expect(writer.dropped > 0)
    }

    @Test func aDescriptorThatIsNoneLosesLinesAndCountsThem() async {
        let writer = LogWriter(LineOutput(descriptor: -1))
        writer.start()
        for number in 0..<20 { writer.write(line(number)) }
        await writer.close(within: .seconds(30))
        #expect(writer.dropped == 20)
    }

    @Test func severalThreadsLoseNothing() async throws {
        let capture = try Capture()
        let writer = LogWriter(LineOutput(descriptor: capture.descriptor), bounds: .init(lines: 100_000, bytes: 100_000_000))
        writer.start()
        await withTaskGroup(of: Void.self) { group in
            for thread in 0..<4 {
                group.addTask {
                    for number in 0..<2_000 { writer.write(Array("{\"n\":\(thread * 2_000 + number)}\n".utf8)) }
                }
            }
        }
        await writer.close(within: .seconds(30))
        let numbers = try capture.objects.compactMap { $0["n"] as? Int }
        #expect(numbers.count == 8_000)
        #expect(Set(numbers).count == 8_000)
    }
}
