/// Takes in the metrics of a scrape, family by family: a family's samples come one after the other.
protocol FigureWriting: ~Copyable {
    typealias Labels = [(name: String, value: String)]

    mutating func count(_ family: Family, _ labels: Labels, _ value: UInt64)
    mutating func number(_ family: Family, _ labels: Labels, _ value: Double)
    /// Nothing for a histogram without an observation.
    mutating func histogram(_ family: Family, _ labels: Labels, _ histogram: Histogram)
    mutating func summary(_ family: Family, _ labels: Labels, quantiles: [(quantile: Double, seconds: Double)], sum: Double, count: UInt64)
}
