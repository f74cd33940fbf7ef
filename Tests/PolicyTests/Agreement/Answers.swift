import Exchange

@testable import Policy

/// An answer with a JSON body, or any other text.
func answer(_ body: String, status: Int = 200, _ headers: KeyValuePairs<String, String> = ["content-type": "application/json"]) -> WholeAnswer {
    WholeAnswer(status: status, headers: Headers(headers), body: Array(body.utf8))
}

func compared(
    _ primary: String, _ mirror: String, ignore: [String] = [], sets: [String] = [], tolerance: Double = 0, noise: [String] = []
) -> Agreement? {
    var settings = AgreementSettings()
    (settings.ignore, settings.sets, settings.tolerance) = (ignore, sets, tolerance)
    return AnswerComparison(settings).compare(answer(primary), answer(mirror), noise: noise)
}

func differing(
    _ primary: String, _ mirror: String, ignore: [String] = [], sets: [String] = [], tolerance: Double = 0, noise: [String] = []
) -> [String]? {
    compared(primary, mirror, ignore: ignore, sets: sets, tolerance: tolerance, noise: noise)?.differences.map(\.path)
}
