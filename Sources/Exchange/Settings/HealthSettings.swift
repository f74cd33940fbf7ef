/// How an upstream is asked, beside the application's calls, whether it is well.
package struct HealthSettings: Sendable, Hashable {
    /// Of a GET, behind the base URL's own path; with its query, where it has one.
    package var path: String
    /// From the end of one probe to the start of the next.
    package var interval: Duration = .seconds(10)
    /// Of one probe, first byte sent to last byte received.
    package var timeout: Duration = .seconds(2)
    /// The statuses of an upstream that is well.
    package var expected: ClosedRange<Int> = 200...299
    /// The sidecar is ready only while this upstream is well.
    package var isRequired = false

    package init(path: String) { self.path = path }
}
