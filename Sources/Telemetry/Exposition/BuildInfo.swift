/// What this program was compiled with and for.
package enum BuildInfo {
    #if compiler(>=6.5)
    package static let swift = "6.5 or later"
    #elseif compiler(>=6.4)
    package static let swift = "6.4"
    #elseif compiler(>=6.3)
    package static let swift = "6.3"
    #elseif compiler(>=6.2)
    package static let swift = "6.2"
    #else
    package static let swift = "6.1"
    #endif

    #if arch(x86_64)
    package static let architecture = "x86_64"
    #elseif arch(arm64)
    package static let architecture = "aarch64"
    #else
    package static let architecture = "other"
    #endif
}
