/// One running HTTP request.
package final class Attempt: Sendable {
    package func consumed(_ bytes: Int) {}
    package func cancel() {}
}
