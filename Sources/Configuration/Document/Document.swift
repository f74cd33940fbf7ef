import Yams

/// A YAML text as a tree of nodes with their places.
enum Document {
    /// Bytes up to which a configuration is read.
    static let bound = 1024 * 1024

    /// Scalars stay text: each reader knows what it expects, so that `on` is a key and `1.1` a version.
    static func root(of text: String) throws(SyntaxFault) -> Node? {
        do {
            return try Yams.compose(yaml: text, .basic, .default, .utf8)
        } catch let error as YamlError {
            throw SyntaxFault(error, in: text)
        } catch {
            throw SyntaxFault(line: nil, column: nil, complaint: Complaint("\(error)", code: .syntax))
        }
    }
}

/// Why a text is not YAML, or not as strict as a configuration has to be.
struct SyntaxFault: Error {
    var line: Int?
    var column: Int?
    var complaint: Complaint

    init(line: Int?, column: Int?, complaint: Complaint) {
        self.line = line
        self.column = column
        self.complaint = complaint
    }

    init(_ error: YamlError, in text: String) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            self.init(mark, SyntaxFault.sentence(problem, context), hint: SyntaxFault.hint(context))
        case .reader(let problem, let offset, _, _):
            let position = SyntaxFault.position(of: offset, in: text)
            self.init(line: position?.line, column: position?.column, complaint: Complaint("not YAML: \(problem)", code: .syntax))
        case .duplicatedKeysInMapping(let duplicates, let context):
            let keys = duplicates.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
            self.init(context.mark, "\(keys) stands more than once in one block; the first is here", code: .duplicateKey)
        default:
            self.init(line: nil, column: nil, complaint: Complaint("not YAML", code: .syntax))
        }
    }

    private init(_ mark: Mark, _ message: String, code: Finding.Code = .syntax, hint: String? = nil) {
        self.init(line: mark.line, column: mark.column, complaint: Complaint(message, code: code, hint: hint))
    }

    /// Paths with `{id}` in them are what most often ends a block in braces too early.
    private static func hint(_ context: YamlError.Context?) -> String? {
        guard let context, context.text.contains("flow mapping") else { return nil }
        return "within { } a value with braces, brackets or commas stands in quotes: { path: \"/orders/{id}\" }"
    }

    private static func sentence(_ problem: String, _ context: YamlError.Context?) -> String {
        guard let context else { return "not YAML: \(problem)" }
        return "not YAML: \(problem) (\(context.text), line \(context.mark.line))"
    }

    private static func position(of offset: Int?, in text: String) -> (line: Int, column: Int)? {
        guard let offset, let index = text.index(text.startIndex, offsetBy: offset, limitedBy: text.endIndex) else { return nil }
        let before = text[..<index].unicodeScalars
        let line = before.reduce(1) { $1 == "\n" ? $0 + 1 : $0 }
        let column = before.reversed().prefix { $0 != "\n" }.count + 1
        return (line, column)
    }
}
