// swift-tools-version: 6.1
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("InternalImportsByDefault"),
    // Overlapping accesses are looked for while testing: at run time the search costs an eighth of all instructions of a call.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

let nio: [Target.Dependency] = [.product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio")]
let nioHTTP: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let buffers: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let log: Target.Dependency = .product(name: "Logging", package: "swift-log")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

let package = Package(
    name: "pantograph",
    products: [
        .executable(name: "pantograph", targets: ["pantograph"]),
        .executable(name: "pantograph-playground", targets: ["Playground"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-collections", from: "1.1.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(name: "CGlibc"),

        .target(name: "Exchange", dependencies: [buffers], swiftSettings: strict),
        .target(name: "Policy", dependencies: ["Exchange", buffers], swiftSettings: strict),
        .target(name: "Telemetry", dependencies: ["Exchange", "CZlib", "CCurl", log], swiftSettings: strict),
        .target(name: "Listening", dependencies: ["Exchange"] + nio, swiftSettings: strict),
        .target(name: "Ingress", dependencies: ["Exchange", "Listening", "Telemetry", "CGlibc"] + nio, swiftSettings: strict),
        .target(
            name: "Upstream", dependencies: ["Exchange", "Telemetry", "CCurl", "CGlibc", .product(name: "DequeModule", package: "swift-collections")] + nio,
            swiftSettings: strict),
        .target(
            name: "Spool", dependencies: ["Exchange", .product(name: "GRDB", package: "GRDB.swift"), buffers],
            swiftSettings: strict),
        .target(name: "Delivery", dependencies: ["Exchange", "Policy", "Spool", "Upstream", "Telemetry", buffers], swiftSettings: strict),
        .target(name: "Admin", dependencies: ["Exchange", "Listening", "Spool", "Telemetry", nioHTTP] + nio, swiftSettings: strict),
        .target(
            name: "Configuration", dependencies: ["Exchange", "Policy", .product(name: "Yams", package: "Yams")],
            swiftSettings: strict),
        .target(
            name: "Sidecar",
            dependencies: [
                "Exchange", "Policy", "Telemetry", "Ingress", "Upstream", "Spool", "Delivery", "Admin", "Configuration", "CZlib", "CGlibc",
                log,
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ] + nio,
            swiftSettings: strict),
        .executableTarget(
            name: "pantograph", dependencies: ["Exchange", "Admin", "Configuration", "Sidecar", "Telemetry", "CCurl", arguments],
            swiftSettings: strict),
        .executableTarget(name: "Playground", dependencies: ["Exchange", "CZlib", nioHTTP, arguments] + nio, swiftSettings: strict),

        .testTarget(name: "ExchangeTests", dependencies: ["Exchange"] + nio, swiftSettings: strict),
        .testTarget(name: "PolicyTests", dependencies: ["Policy", "Exchange", buffers], swiftSettings: strict),
        .testTarget(name: "TelemetryTests", dependencies: ["Telemetry", "Exchange", "CCurl", "CZlib", log] + nio, swiftSettings: strict),
        .testTarget(
            name: "IngressTests",
            dependencies: ["Ingress", "Listening", "Exchange", nioHTTP, .product(name: "NIOEmbedded", package: "swift-nio")] + nio, swiftSettings: strict),
        .testTarget(name: "UpstreamTests", dependencies: ["Upstream", "Exchange", nioHTTP] + nio, swiftSettings: strict),
        .testTarget(
            name: "SpoolTests", dependencies: ["Spool", "Exchange", .product(name: "GRDB", package: "GRDB.swift"), buffers],
            swiftSettings: strict),
        .testTarget(name: "DeliveryTests", dependencies: ["Delivery", "Spool", "Policy", "Exchange"] + nio, swiftSettings: strict),
        .testTarget(name: "AdminTests", dependencies: ["Admin", "Spool", "Telemetry", "Exchange", nioHTTP] + nio, swiftSettings: strict),
        .testTarget(name: "ConfigurationTests", dependencies: ["Configuration", "Exchange", "Policy"], swiftSettings: strict),
        .testTarget(name: "pantographTests", dependencies: ["pantograph", "Admin", "Spool", "Exchange"] + nio, swiftSettings: strict),
        .testTarget(name: "PlaygroundTests", dependencies: ["Playground", "Exchange", "CZlib"] + nio, swiftSettings: strict),
        .testTarget(
            name: "SidecarTests", dependencies: ["Sidecar", "CGlibc", "Configuration", "Exchange", "Policy", nioHTTP] + nio,
            swiftSettings: strict),
    ]
)
