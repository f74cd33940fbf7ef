import Dispatch
import Synchronization
import Testing

@testable import Sidecar

@Suite struct ComparingThreadTests {
    private final class Told: Sendable {
        let numbers = Mutex<[Int]>([])
        let told = DispatchSemaphore(value: 0)

        func tell(_ number: Int) {
            numbers.withLock { $0.append(number) }
            told.signal()
        }
    }

    @Test func takesNoMoreThanItsBoundAndDoesAllItTookInOrder() {
        let (thread, told, gate) = (ComparingThread(bound: 3), Told(), DispatchSemaphore(value: 0))
        // Before it is started everything waits.
        for number in 0..<3 { #expect(thread.offer { told.tell(number) }) }
        #expect(!thread.offer { told.tell(3) })
        #expect(thread.start())
        for _ in 0..<3 { told.told.wait() }
        #expect(thread.offer { gate.wait() })
        for number in 10..<200 {
            while !thread.offer({ told.tell(number) }) { gate.signal() }
        }
        gate.signal()
        for _ in 10..<200 { told.told.wait() }
        #expect(told.numbers.withLock { $0 } == Array(0..<3) + Array(10..<200))
        thread.close()
        #expect(!thread.offer {})
    }

    @Test func whatWaitsWhenItIsClosedIsStillDone() {
        let (thread, told) = (ComparingThread(bound: 100), Told())
        for number in 0..<100 { _ = thread.offer { told.tell(number) } }
        thread.close()
        #expect(thread.start())
        for _ in 0..<100 { told.told.wait() }
        #expect(told.numbers.withLock { $0 } == Array(0..<100))
    }
}
