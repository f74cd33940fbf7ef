import Exchange
import Policy
import Testing

/// What the breaker should do, told as plainly as can be: every end since the last change is kept, and looked through.
private struct NaiveBreaker {
    struct Pass {
        var life: Int
        var isProbe: Bool
    }

    let settings: BreakerSettings
    private var ends: [(at: Duration, failed: Bool)] = []
    private var openUntil: Duration?
    private var probesOut = 0
    private var life = 0

    init(_ settings: BreakerSettings) { self.settings = settings }

    mutating func enter(at now: Duration) -> Pass? {
        guard let until = openUntil else { return Pass(life: life, isProbe: false) }
        guard now >= until, probesOut == 0 else { return nil }
        probesOut = 1
        return Pass(life: life, isProbe: true)
    }

    mutating func left(_ pass: Pass, failed: Bool?, at now: Duration) {
        guard pass.life == life else { return }
        if pass.isProbe {
            probesOut = 0
            guard let failed else { return }
            return failed ? open(now) : begin(openUntil: nil)
        }
        guard let failed else { return }
        ends.append((now, failed))
        // The window is forgotten by tenths.
        let tenth = settings.window / 10
        let lately = ends.filter { now.nanoseconds / tenth.nanoseconds - $0.at.nanoseconds / tenth.nanoseconds < 10 }
        let failures = lately.count { $0.failed }
        if lately.count >= settings.minimum, failures > 0, Double(failures) >= settings.failureRatio * Double(lately.count) - 1e-9 { open(now) }
    }

    private mutating func open(_ now: Duration) { begin(openUntil: now + settings.openFor) }

    private mutating func begin(openUntil: Duration?) {
        self.openUntil = openUntil
        ends = []
        probesOut = 0
        life += 1
    }

    func state(at now: Duration) -> Breaker.State { openUntil.map { now < $0 ? .open : .halfOpen } ?? .closed }
}

@Suite struct BreakerModelTests {
    /// The model and the breaker step by step through random schedules, with attempts that overlap and end in any order.
    @Test(arguments: SeededGenerator.seeds) func everyScheduleAsTheModelHasIt(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for schedule in 0..<1_500 {
            var settings = BreakerSettings()
            settings.failureRatio = [0.1, 0.25, 0.5, 0.75, 1].randomElement(using: &generator) ?? 1
            settings.window = .milliseconds([10, 100, 1_000].randomElement(using: &generator) ?? 10)
            settings.minimum = Int.random(in: 1...8, using: &generator)
            settings.openFor = .milliseconds([1, 20, 500].randomElement(using: &generator) ?? 1)
            guard run(settings, using: &generator) else {
                Issue.record("seed \(seed), schedule \(schedule): \(settings)")
                return
            }
        }
    }

    private func run(_ settings: BreakerSettings, using generator: inout SeededGenerator) -> Bool {
        var (model, breaker) = (NaiveBreaker(settings), Breaker(settings))
        var out: [(NaiveBreaker.Pass, Breaker.Pass)] = []
        var now = Duration.zero
        let failing = Double.random(in: 0...1, using: &generator)
        for _ in 0..<120 {
            now += .microseconds(Int64.random(in: 0...Int64.random(in: 1...20_000, using: &generator), using: &generator))
            switch Int.random(in: 0..<8, using: &generator) {
            case 0..<4:
                let expected = model.enter(at: now)
                switch breaker.enter(at: .at(now)) {
                case .go(let pass):
                    guard let expected, expected.isProbe == pass.isProbe else { return false }
                    out.append((expected, pass))
                case .refused(let until):
                    guard expected == nil, until > .at(now) else { return false }
                }
            default:
                guard let place = out.indices.randomElement(using: &generator) else { continue }
                let (modelPass, pass) = out.remove(at: place)
                let fate: Bool? = Int.random(in: 0..<10, using: &generator) == 0 ? nil : Double.random(in: 0...1, using: &generator) < failing
                model.left(modelPass, failed: fate, at: now)
                if fate == nil, Bool.random(using: &generator) {
                    breaker.withdrawn(pass)
                } else {
                    let before = breaker.state(at: .at(now))
                    let turned = breaker.left(pass, fate.map { $0 ? .ended(.http5xx) : .answered(404) } ?? .ended(.cancelled), at: .at(now))
                    guard turned == nil || turned == breaker.state(at: .at(now)) && turned != before else { return false }
                }
            }
            guard breaker.state(at: .at(now)) == model.state(at: now) else { return false }
        }
        return true
    }
}
