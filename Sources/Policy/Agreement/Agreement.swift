package import Exchange

/// What came of comparing a mirror's answer with the primary's.
package struct Agreement: Sendable, Hashable {
    package var result: AgreementResult
    /// Where they differ, at most `AnswerComparison.shownDifferences`; empty of a match.
    package var differences: [Difference]

    static let match = Agreement(result: .match, differences: [])
}

/// One place in which two answers differ.
package struct Difference: Sendable, Hashable {
    /// `status`, `header content-type`, `body`, or a pointer into JSON in which `*` stands for every element: `/items/*/id`.
    package var path: String
    /// What stands there, at most 200 bytes and without what must not be shown; nil where nothing does.
    package var primary: String?
    package var mirror: String?

    static let body = "body"

    static func header(_ name: String) -> String { "header \(name.lowercased())" }
}

/// An answer that has come whole.
package struct WholeAnswer: Sendable {
    package var status: Int
    package var headers: Headers
    /// Its content coding undone.
    package var body: [UInt8]

    package init(status: Int, headers: Headers, body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
