internal import Foundation
internal import GRDB

/// The dead letters that a filter means, as SQL on the table named `d`.
struct DeadLetterCondition {
    private(set) var arguments: StatementArguments = []
    private var terms = ["d.state = 'dead'", "d.discarded_at IS NULL"]
    private let hasIDs: Bool

    /// - Parameter after: by id; the filter's own is not looked at.
    init(_ filter: DeadLetterFilter, after: Int64?) {
        hasIDs = filter.ids != nil
        if let ids = filter.ids {
            add("d.id IN (SELECT value FROM json_each(?))", "[" + ids.map { String($0.value) }.joined(separator: ",") + "]")
        }
        if let after { add("d.id > ?", after) }
        if let upstream = filter.upstream { add("d.upstream = ?", upstream) }
        if let route = filter.route { add("d.route = ?", route) }
        if let errorClass = filter.errorClass { add("d.last_class = ?", errorClass.rawValue) }
        if let time = filter.settledBefore { add("d.settled_at < ?", time.column) }
    }

    private mutating func add(_ term: String, _ argument: any DatabaseValueConvertible) {
        terms.append(term)
        arguments += [argument]
    }

    /// Few are dead as a rule: they are looked through in an index of their own, but where they are named one by one.
    var from: String { "deliveries AS d\(hasIDs ? "" : " INDEXED BY deliveries_dead")" }
    var sql: String { terms.joined(separator: " AND ") }
}
