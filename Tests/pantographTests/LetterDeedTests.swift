import Exchange
import Testing

@testable import pantograph

@Suite struct LetterDeedTests {
    private func deed(_ rate: RateSettings?) -> LetterDeed { LetterDeed(name: "replay", done: "replayed", rate: rate, rateText: "r\"") }

    @Test func withoutARateSlicesAreAsLongAsTheyMayBe() {
        #expect(deed(nil).sliceLength == 500 && deed(nil).span(of: 500) == .zero)
    }

    @Test(arguments: [
        (10, Duration.seconds(1), 50), (1, .seconds(60), 1), (1_000_000, .milliseconds(1), 500), (999_999_999, .milliseconds(1), 500),
        (1, .seconds(86_400 * 9999), 1),
    ])
    func aPacedSliceLastsSomeSeconds(_ count: Int, _ per: Duration, _ length: Int) {
        #expect(deed(RateSettings(count: count, per: per)).sliceLength == length)
    }

    @Test func slicesTakeAsLongAsTheRateSays() {
        #expect(deed(RateSettings(count: 10, per: .seconds(1))).span(of: 50) == .seconds(5))
        #expect(deed(RateSettings(count: 1, per: .seconds(60))).span(of: 1) == .seconds(60))
    }

    @Test func aBodyNamesTheIDsAndTheRate() {
        #expect(deed(nil).body([1, 2]) == "{\"ids\":[1,2],\"rate\":\"r\\\"\"}")
        #expect(LetterDeed(name: "discard", done: "discarded").body([7]) == "{\"ids\":[7]}")
    }

    @Test(arguments: [["17"], ["--all"], ["--upstream", "a", "--all"], ["--older-than", "1h"], ["1", "2", "--yes"]])
    func aSelectionSaysWhichAreMeant(_ arguments: [String]) {
        #expect(throws: Never.self) { try LetterSelection.parse(arguments) }
    }

    @Test(arguments: [[], ["--yes"], ["17", "--all"], ["17", "--upstream", "a"], ["x"]])
    func aSelectionThatSaysNothingOrTooMuchIsRefused(_ arguments: [String]) {
        #expect(throws: (any Error).self) { try LetterSelection.parse(arguments) }
    }
}
