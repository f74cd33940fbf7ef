/// Agreement as tables.
enum AgreementTables {
    static func counts(_ routes: [AgreementEntry]) -> Table {
        var table = Table([
            .init(heading: "ROUTE", least: 8), .init(heading: "PRIMARY", least: 8), .init(heading: "MIRROR", least: 8),
            .init(heading: "COMPARED", isNumber: true), .init(heading: "AGREE", isNumber: true),
            .init(heading: "STATUS", isNumber: true), .init(heading: "HEADERS", isNumber: true),
            .init(heading: "BODY", isNumber: true), .init(heading: "NOT COMPARED", isNumber: true),
        ])
        for route in routes {
            for mirror in route.mirrors {
                table.append([
                    route.route, route.primary, mirror.upstream, String(mirror.compared), mirror.share, String(mirror.status),
                    String(mirror.headers), String(mirror.body), String(mirror.notCompared.values.reduce(0, +)),
                ])
            }
        }
        return table
    }

    /// The paths that differ, those of each mirror most often first; nil where none does.
    static func paths(_ routes: [AgreementEntry]) -> Table? {
        var table = Table([
            .init(heading: "ROUTE", least: 8), .init(heading: "MIRROR", least: 8), .init(heading: "COUNT", isNumber: true),
            .init(heading: "DIFFERS IN", least: 16), .init(heading: "PRIMARY'S", least: 12), .init(heading: "MIRROR'S", least: 12),
        ])
        for route in routes {
            for mirror in route.mirrors {
                for path in mirror.paths {
                    table.append([
                        route.route, mirror.upstream, String(path.count), path.path, path.primary ?? "-", path.mirror ?? "-",
                    ])
                }
            }
        }
        return table.rows.isEmpty ? nil : table
    }

    /// What is ignored since the primary differs from itself in it; nil where nothing is.
    static func ignored(_ routes: [AgreementEntry]) -> Table? {
        var table = Table([
            .init(heading: "ROUTE", least: 8), .init(heading: "IGNORED", least: 16), .init(heading: "COUNT", isNumber: true),
        ])
        for route in routes {
            for noise in route.ignored { table.append([route.route, noise.path, String(noise.count)]) }
        }
        return table.rows.isEmpty ? nil : table
    }
}
