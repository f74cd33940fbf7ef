import Exchange
@testable import Spool
import Testing

/// The spool and a naive model of it, stepped together with the same random operations.
@Suite struct ModelTests {
    private static let steps = 1500

    @Test(arguments: [1, 2, 3, 4, UInt64.random(in: 5...UInt64.max)])
    func inLockstep(_ seed: UInt64) async throws {
        print("seed \(seed)")
        let place = Place()
        var run = ModelRun(seed: seed)
        var spool = try Spool(place.settings(), compensations: ModelRun.compensations)
        for step in 0..<ModelTests.steps {
            if run.chance(60) {
                await spool.close()
                spool = try Spool(place.settings(), compensations: ModelRun.compensations)
            }
            let operation = try await run.step(spool)
            let differences = try await run.compare(spool, thoroughly: step % 50 == 49)
            guard differences.isEmpty else {
                Issue.record("seed \(seed), step \(step), after \(operation): \(differences.joined(separator: "; "))")
                break
            }
        }
        await spool.close()
    }
}
