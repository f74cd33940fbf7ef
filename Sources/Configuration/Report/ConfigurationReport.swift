package import Exchange

/// What pantograph understood of a configuration: keys as in the file, secrets by their source alone, headers by their
/// names alone.
package struct ConfigurationReport: Sendable {
    package let tree: Described

    package init(_ checked: Checked) { self.init(checked.settings) }

    package init(_ settings: Settings) { tree = settings.described }

    /// For people: lines, the last one ended too.
    package var text: String { tree.lines.joined(separator: "\n") + "\n" }

    /// For programs: one JSON object on one line.
    package var json: String { tree.json }
}

extension Settings {
    fileprivate var described: Described {
        .block([
            "listen": .text(listen.description),
            "admin": admin.described,
            "allow_remote": .flag(allowRemote),
            "routes": .list(routes.map { $0.described(upstreams.map(\.name)) }),
            "upstreams": .block(upstreams.map { Described.Entry($0.name, $0.described) }),
            "limits": limits.described,
            "spool": spool?.described ?? .nothing,
            "telemetry": telemetry.described,
            "drain": .duration(drain),
            "threads": threads == 0 ? .text("one per core") : .number(threads),
        ])
    }
}

extension Limits {
    fileprivate var described: Described {
        .block([
            "connections": .number(connections),
            "headers": .block(["bytes": .size(headerBytes), "count": .number(headerCount)]),
            "body": .size(body),
            "mirror": .block(["body": .size(mirrorBody), "memory": .size(mirrorMemory), "calls": .number(mirrorCalls)]),
            "header_timeout": .duration(headerTimeout),
            "body_timeout": .duration(bodyTimeout),
            "idle_timeout": .duration(idleTimeout),
        ])
    }
}
