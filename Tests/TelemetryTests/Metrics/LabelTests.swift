import Exchange
import Testing
@testable import Telemetry

@Suite struct LabelTests {
    @Test func everyWordHasItsOwnPlace() {
        #expect(ErrorClass.allCases.map(\.place) == Array(ErrorClass.allCases.indices))
        #expect(SkipReason.allCases.map(\.place) == Array(SkipReason.allCases.indices))
        #expect(DeliveryResult.allCases.map(\.place) == Array(DeliveryResult.allCases.indices))
        #expect(Role.allCases.map(\.place) == Array(Role.allCases.indices))
        #expect(UpstreamTrouble.Kind.all.map(\.place) == Array(UpstreamTrouble.Kind.all.indices))
        #expect(MethodLabel.names.dropLast().map { MethodLabel.place($0) } == Array(0..<9))
    }

    @Test(arguments: ["get", "BREW", "", "GETX", "PROPFIND", String(repeating: "A", count: 5000)])
    func anyOtherMethodIsOneWord(_ method: String) {
        #expect(MethodLabel.names[MethodLabel.place(method)] == "_OTHER")
    }

    @Test(arguments: [
        (100, "100"), (200, "200"), (299, "299"), (404, "404"), (599, "599"), (99, "other"), (600, "other"), (999, "other"),
        (0, "other"), (-1, "other"), (Int.max, "other"), (Int.min, "other"),
    ])
    func codesAreThreeDigitsOrOther(_ status: Int, _ name: String) {
        #expect(StatusLabel.name(StatusLabel.place(status)) == name)
    }

    /// Everything that a peer can choose, chosen at random: the series stay within what the configuration bounds.
    @Test func noTrafficMakesMoreSeriesThanTheConfigurationBounds() throws {
        let telemetry = Fixture.telemetry()
        let recorder = telemetry.makeRecorder()
        var random = SeededGenerator(seed: 7)
        for number in 0..<4_000 {
            let method = String(random.next() % 40, radix: 36) + "X"
            let story = Fixture.story(method, "/\(random.next())", route: RouteID(Int(random.next() % 9) - 3), number: UInt64(number + 1))
            recorder.exchangeEnded(Fixture.exchange(story, status: Int(random.next() % 5000) - 200))
            let errorClass = ErrorClass.allCases.randomElement(using: &random)
            let upstream = UpstreamID(Int(random.next() % 9) - 3)
            recorder.attemptEnded(Fixture.attempt(upstream, .mirror, story, status: Int(random.next() % 5000), errorClass: errorClass))
            let (result, reason) = (DeliveryResult.allCases.randomElement(using: &random)!, SkipReason.allCases.randomElement(using: &random))
            recorder.deliveryEnded(Fixture.delivery(upstream, story, result: result, reason: reason, errorClass: errorClass))
        }
        let samples = try telemetry.samples()
        let known: [String: Set<String>] = [
            "route": ["", "orders", "everything-else"], "upstream": ["inventory", "shipping"], "role": ["primary", "mirror"],
            "method": Set(MethodLabel.names), "code": Set((0..<StatusLabel.count).map(StatusLabel.name)),
            "class": Set(ErrorClass.allCases.map(\.rawValue)), "result": Set(DeliveryResult.allCases.map(\.rawValue)),
            "reason": Set(SkipReason.allCases.map(\.rawValue)),
        ]
        for sample in samples.all {
            for (name, values) in known {
                if let value = sample.labels[name] { #expect(values.contains(value), "\(sample)") }
            }
        }
        #expect(samples.named("pantograph_exchange_duration_seconds_count").count <= 3 * StatusLabel.count)
        #expect(samples.sum("pantograph_exchange_duration_seconds_count") == 4_000)
        #expect(samples.named("pantograph_deliveries_total").count == 2 * 2 * DeliveryResult.allCases.count)
        #expect(samples.value("pantograph_exchange_duration_seconds_count", ["route": "orders", "method": "_OTHER", "code": "other"]) != nil)
    }
}
