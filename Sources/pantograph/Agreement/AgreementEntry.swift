/// How the mirrors of a route have agreed with its primary, as the API shows it.
struct AgreementEntry: Decodable {
    struct List: Decodable { var routes: [AgreementEntry] }

    struct Mirror: Decodable {
        var upstream: String
        var compared: Int
        var match: Int
        var status: Int
        var headers: Int
        var body: Int
        var notCompared: [String: Int]
        var paths: [Path]

        /// Of the answers that were compared, those that matched; `-` where there was none.
        var share: String {
            guard compared > 0 else { return "-" }
            // Hundredths of a percent, rounded down: 100 % is said of no answer that differed.
            let hundredths = match * 10_000 / compared
            let rest = hundredths % 100
            return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest) %"
        }
    }

    struct Path: Decodable {
        var path: String
        var result: String
        var count: Int
        var primary: String?
        var mirror: String?
        var traceId: String
    }

    struct Noise: Decodable {
        var path: String
        var count: Int
    }

    var route: String
    var primary: String
    var mirrors: [Mirror]
    var noiseProbes: Int
    var ignored: [Noise]
}
