@testable import Telemetry

/// One line of an exposition that has a value.
struct Sample: Equatable {
    var name: String
    var labels: [String: String]
    var value: Double
    /// What follows `#` on the line.
    var exemplar: String?
}

/// An exposition taken apart by a reader that knows only the format, and refuses what the format forbids.
struct Samples {
    enum Refusal: Error, Equatable {
        case line(String)
        /// A family's lines don't stand together.
        case scattered(String)
        case repeated(String)
    }

    private(set) var all: [Sample] = []
    private(set) var types: [String: String] = [:]
    private(set) var order: [String] = []

    init(_ body: [UInt8]) throws {
        let text = String(decoding: body, as: UTF8.self)
        guard text.hasSuffix("\n") else { throw Refusal.line("no newline at the end") }
        var series: Set<String> = []
        for line in text.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("# TYPE ") {
                try type(line)
            } else if !line.hasPrefix("#") {
                let sample = try Self.sample(line)
                guard let family = order.last, Self.names(family, types[family] ?? "").contains(sample.name) else {
                    throw Refusal.scattered(sample.name)
                }
                let key = sample.name + sample.labels.sorted { $0.key < $1.key }.description
                guard series.insert(key).inserted else { throw Refusal.repeated(key) }
                all.append(sample)
            }
        }
    }

    private mutating func type(_ line: Substring) throws {
        let words = line.split(separator: " ")
        guard words.count == 4, types[String(words[2])] == nil else { throw Refusal.line(String(line)) }
        types[String(words[2])] = String(words[3])
        order.append(String(words[2]))
    }

    private static func names(_ family: String, _ type: String) -> [String] {
        switch type {
        case "histogram": [family + "_bucket", family + "_sum", family + "_count"]
        case "summary": [family, family + "_sum", family + "_count"]
        case "counter": [family, family + "_total"]
        default: [family]
        }
    }

    private static func sample(_ line: Substring) throws -> Sample {
        var rest = line
        let name = rest.prefix { $0 == "_" || $0 == ":" || $0.isASCII && ($0.isLetter || $0.isNumber) }
        rest.removeFirst(name.count)
        guard !name.isEmpty else { throw Refusal.line(String(line)) }
        let labels = rest.first == "{" ? try Self.labels(&rest, line) : [:]
        guard rest.first == " " else { throw Refusal.line(String(line)) }
        let parts = rest.dropFirst().split(separator: " ", maxSplits: 1)
        let exemplar = parts.count > 1 && parts[1].hasPrefix("# ") ? String(parts[1].dropFirst(2)) : nil
        guard let value = parts.first.flatMap({ Double($0.replacing("Inf", with: "infinity")) }), parts.count == 1 || exemplar != nil else {
            throw Refusal.line(String(line))
        }
        return Sample(name: String(name), labels: labels, value: value, exemplar: exemplar)
    }

    private static func labels(_ rest: inout Substring, _ line: Substring) throws -> [String: String] {
        var labels: [String: String] = [:]
        rest.removeFirst()
        while rest.first != "}" {
            let name = rest.prefix { $0 != "=" }
            rest.removeFirst(name.count)
            guard rest.hasPrefix("=\"") else { throw Refusal.line(String(line)) }
            rest.removeFirst(2)
            guard labels.updateValue(try value(&rest, line), forKey: String(name)) == nil else { throw Refusal.line(String(line)) }
            if rest.first == "," { rest.removeFirst() }
        }
        rest.removeFirst()
        return labels
    }

    private static func value(_ rest: inout Substring, _ line: Substring) throws -> String {
        var value = ""
        while let next = rest.popFirst() {
            if next == "\"" { return value }
            guard next == "\\" else { value.append(next); continue }
            switch rest.popFirst() {
            case "n": value.append("\n")
            case "\\": value.append("\\")
            case "\"": value.append("\"")
            default: throw Refusal.line(String(line))
            }
        }
        throw Refusal.line(String(line))
    }

    // MARK: Looking things up

    func named(_ name: String) -> [Sample] { all.filter { $0.name == name } }

    /// The value of the one series that has these labels among others.
    func value(_ name: String, _ labels: [String: String] = [:]) -> Double? {
        let found = all.filter { sample in sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value } }
        return found.count == 1 ? found[0].value : nil
    }

    func sum(_ name: String, _ labels: [String: String] = [:]) -> Double {
        all.filter { sample in sample.name == name && labels.allSatisfy { sample.labels[$0.key] == $0.value } }.reduce(0) { $0 + $1.value }
    }
}

extension Telemetry {
    /// What a scrape sees.
    func samples(_ accept: String? = nil) throws -> Samples { try Samples(exposition(accept: accept).body) }

    static let openMetrics = "application/openmetrics-text; version=1.0.0"
}
