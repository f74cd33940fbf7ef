extension Finding {
    /// For programs.
    package var described: Described {
        .block([
            "code": .text(code.rawValue),
            "file": .text(file),
            "line": line.map { .number($0) } ?? .nothing,
            "column": column.map { .number($0) } ?? .nothing,
            "key": .text(keyPath),
            "message": .text(message),
            "hint": .text(hint),
        ])
    }
}

extension Result where Success == Checked, Failure == ConfigurationErrors {
    /// The outcome of a check for programs: `ok`, `errors`, `errors_omitted`, `warnings`, `configuration`.
    package var described: Described {
        switch self {
        case .success(let checked):
            .block([
                "ok": .flag(true), "errors": .list([]), "errors_omitted": .number(0),
                "warnings": .list(checked.warnings.map(\.described)), "configuration": checked.report.tree,
            ])
        case .failure(let failure):
            .block([
                "ok": .flag(false), "errors": .list(failure.errors.map(\.described)), "errors_omitted": .number(failure.omitted),
                "warnings": .list(failure.warnings.map(\.described)), "configuration": .nothing,
            ])
        }
    }
}
