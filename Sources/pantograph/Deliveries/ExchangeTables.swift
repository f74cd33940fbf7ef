internal import Foundation

/// Exchanges as tables.
enum ExchangeTables {
    static func list(_ exchanges: [ExchangeEntry], now: Date) -> Table {
        var table = Table([
            .init(heading: "EXCHANGE"), .init(heading: "RECEIVED"), .init(heading: "DELIVERIES", least: 16),
            .init(heading: "ROUTE", least: 8, spare: 1), .init(heading: "CALL", least: 12),
        ])
        for exchange in exchanges {
            table.append([
                exchange.id, Ago.text(exchange.receivedAt, now: now), exchange.standing, exchange.route,
                "\(exchange.method) \(exchange.target)",
            ])
        }
        return table
    }

    /// The deliveries of one exchange, by upstream.
    static func deliveries(_ exchange: ExchangeEntry, now: Date) -> Table {
        var table = Table([
            .init(heading: "UPSTREAM", least: 12), .init(heading: "STATE"), .init(heading: "ATTEMPTS", isNumber: true),
            .init(heading: "LAST"), .init(heading: "SETTLED"), .init(heading: "NEXT"), .init(heading: "REPLAYS", isNumber: true),
            .init(heading: "DEAD LETTER", isNumber: true),
        ])
        for (upstream, delivery) in exchange.deliveries.sorted(by: { $0.key < $1.key }) {
            table.append([
                upstream, delivery.state, String(delivery.attempts), delivery.last, Ago.text(delivery.settledAt, now: now),
                Ago.text(delivery.nextAttemptAt, now: now), String(delivery.replays), delivery.deadLetterId.map { String($0) } ?? "-",
            ])
        }
        return table
    }

    /// - Parameter since: when the application's call came, after which each began so long.
    static func attempts(_ attempts: [AttemptRow], since received: String) -> Table {
        var table = Table([
            .init(heading: "#", isNumber: true), .init(heading: "STARTED", isNumber: true), .init(heading: "TOOK", isNumber: true), .init(heading: "RESULT"),
            .init(heading: "DETAIL", least: 20),
        ])
        for attempt in attempts {
            table.append([
                String(attempt.number), Ago.after(attempt.startedAt, received), Ago.latency(attempt.durationMs / 1000),
                AttemptRow.result(attempt.status, attempt.class), attempt.detail,
            ])
        }
        return table
    }
}
