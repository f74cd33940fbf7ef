internal import Exchange
internal import NIOCore
internal import Spool

/// The dead letters that a body means: `{"ids":[1,2], "upstream":…, "route":…, "class":…, "older_than":"1h", "all":true}`, of
/// which those count that satisfy everything said, and for a replay `"rate":"10/1s"`.
struct Selection {
    /// Ids in one request.
    static let mostIDs = 1000

    private static let names = ["ids", "upstream", "route", "class", "older_than", "all"]

    var filter: DeadLetterFilter
    var rate: RateSettings?

    /// - Parameter takesRate: whether `rate` may stand in it.
    init(_ body: ByteBuffer, takesRate: Bool, now: WallTime) throws(AdminProblem) {
        let members = try Members(body, known: Selection.names + (takesRate ? ["rate"] : []))
        filter = DeadLetterFilter()
        // The bound is one of lists: here everything that the filter matches is meant.
        filter.limit = Int(Int32.max)
        filter.upstream = try members.text("upstream")
        filter.route = try members.text("route")
        filter.errorClass = try Reading.word("class", members.text("class"))
        filter.settledBefore = try Reading.timeBefore("older_than", members.text("older_than"), now)
        rate = try Reading.rate("rate", members.text("rate"))
        let isAll = try members.flag("all") ?? false
        filter.ids = try Selection.ids(members, isAll: isAll)
        guard isAll || filter.isNarrow else {
            throw AdminProblem(
                .badRequest, "Say which dead letters are meant: ids, upstream, route, class, older_than, or all: true for every one.")
        }
    }

    private static func ids(_ members: Members, isAll: Bool) throws(AdminProblem) -> [DeliveryID]? {
        guard let ids = try members.numbers("ids") else { return nil }
        guard !ids.isEmpty else { throw .parameter("ids", "it names none") }
        guard ids.count <= mostIDs else {
            throw .parameter("ids", "it names \(ids.count), more than \(mostIDs): ask for fewer at a time")
        }
        guard !isAll else { throw .parameter("all", "it can't stand beside ids") }
        return ids.map(DeliveryID.init)
    }
}

extension DeadLetterFilter {
    /// Whether it says anything about which are meant.
    fileprivate var isNarrow: Bool { ids != nil || upstream != nil || route != nil || errorClass != nil || settledBefore != nil }
}
