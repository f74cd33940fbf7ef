internal import Exchange

extension RouteSettings {
    /// - Parameter names: of the upstreams, in order.
    func described(_ names: [String]) -> Described {
        let match = Described.block(["methods": methods.map { .texts($0) } ?? .text("every"), "path": .text(path)])
        let mirrors = Described.texts(mirrors.map { names[$0.index] })
        var entries: [Described.Entry] = [.init("name", .text(name)), .init("match", match)]
        if let primary {
            entries += [
                .init("primary", .text(names[primary.index])), .init("mirrors", mirrors), .init("durable", .flag(durable)),
                .init("mirror_when_cancelled", .flag(mirrorWhenCancelled)),
            ]
        } else {
            entries += [.init("respond", .text("accepted")), .init("to", mirrors), .init("idempotency", idempotency)]
        }
        if needsSpool || orderBy != nil { entries.append(.init("order_by", .text(orderBy))) }
        if needsSpool { entries.append(.init("on_partial_failure", onPartialFailure?.described ?? .nothing)) }
        if let compare { entries.append(.init("compare", compare.described)) }
        return .block(entries)
    }

    private var idempotency: Described {
        .block(["required": .flag(requiresIdempotencyKey), "header": .text(idempotencyHeader)])
    }
}

extension CompensationSettings {
    /// Of what a template can hold a secret in, how much there is of it.
    fileprivate var described: Described {
        .block([
            "method": .text(method),
            // A query may hold a key.
            "path": .text(String(path.prefix { $0 != "?" })),
            "body": .text(body.map { "a template of \($0.utf8.count) bytes" }),
            "headers": .texts(headers.map(\.name)),
        ])
    }
}

extension AgreementSettings {
    fileprivate var described: Described {
        .block([
            "sample": .fraction(sample), "max_body": .size(maxBody), "status": .flag(status), "headers": .texts(headers),
            "body": .text(body.rawValue), "ignore": .texts(ignore), "tolerance": .fraction(tolerance), "sets": .texts(sets),
            "noise": .fraction(noise),
        ])
    }
}
