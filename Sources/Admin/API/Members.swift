internal import Exchange
internal import Foundation
internal import NIOCore

/// A JSON object that came as a request's body: known members alone, each of the kind that is asked for.
struct Members {
    private enum Value: Decodable {
        case null
        case flag(Bool)
        case text(String)
        case numbers([Int64])
        case other

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let flag = try? container.decode(Bool.self) {
                self = .flag(flag)
            } else if let text = try? container.decode(String.self) {
                self = .text(text)
            } else if let numbers = try? container.decode([Int64].self) {
                self = .numbers(numbers)
            } else {
                self = .other
            }
        }
    }

    private let values: [String: Value]

    /// - Parameter known: the names that may stand in it.
    init(_ body: ByteBuffer, known: [String]) throws(AdminProblem) {
        guard body.readableBytes > 0 else {
            throw AdminProblem(.badRequest, "The body is empty. \(Members.example)")
        }
        do {
            values = try JSONDecoder().decode([String: Value].self, from: Data(body.readableBytesView))
        } catch {
            throw AdminProblem(.badRequest, "The body is not a JSON object. \(Members.example)")
        }
        for name in values.keys.sorted() where !known.contains(name) {
            throw .parameter(name, "no such member; \(NearestName.hint(for: name, among: known) ?? "none is known here")")
        }
    }

    private static let example = "Send one that says which dead letters are meant, such as {\"ids\":[1,2]} or {\"all\":true}."

    func text(_ name: String) throws(AdminProblem) -> String? {
        switch values[name] {
        case nil, .null: return nil
        case .text(let text) where !text.isEmpty: return text
        default: throw .parameter(name, "expected a text, and not an empty one")
        }
    }

    func flag(_ name: String) throws(AdminProblem) -> Bool? {
        switch values[name] {
        case nil, .null: return nil
        case .flag(let flag): return flag
        default: throw .parameter(name, "expected true or false")
        }
    }

    func numbers(_ name: String) throws(AdminProblem) -> [Int64]? {
        switch values[name] {
        case nil, .null: return nil
        case .numbers(let numbers): return numbers
        default: throw .parameter(name, "expected an array of whole numbers")
        }
    }
}
