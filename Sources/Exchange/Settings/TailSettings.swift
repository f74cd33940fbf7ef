/// Which traces are exported although the sampler passed them over, by what their spans came to.
package struct TailSettings: Sendable, Hashable {
    /// Those with a span that failed, of whatever class but for those of `rateLimited`.
    package var errors = true
    /// Those with a 429, received or answered, or a call that our own limit refused.
    package var rateLimited = true
    /// Those in which a mirror's answer was found to differ.
    package var disagreements = true
    /// Those with a span that took longer.
    package var slowerThan: Duration = .seconds(1)
    /// How long the spans of an exchange wait, from the last that came, for one that keeps them.
    package var wait: Duration = .seconds(5)
    /// Spans that wait at once; beyond, the exchange that has waited longest goes.
    package var buffer = 4096

    package init() {}
}
