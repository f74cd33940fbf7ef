/// The product's version (Semantic Versioning 2.0.0), one constant for the command line, metrics, spans and user agents.
package enum Version {
    package static let current = "0.1.0"
}
