internal import Exchange
internal import NIOCore
internal import NIOHTTP1
internal import Spool

/// What is answered by asking other rooms: exchanges, upstreams, dead letters.
struct API: Sendable {
    let sources: AdminSources

    func answer(to request: AdminRequest, at endpoint: Endpoint) async -> AdminAnswer {
        do {
            return try await reply(to: request, at: endpoint)
        } catch let problem as AdminProblem {
            return AdminAnswer(problem)
        } catch let fault as SpoolFault {
            return AdminAnswer(AdminProblem(fault))
        } catch {
            return AdminAnswer(AdminProblem(.internalServerError, "The request failed."))
        }
    }

    private func reply(to request: AdminRequest, at endpoint: Endpoint) async throws -> AdminAnswer {
        switch endpoint {
        case .upstreams: try upstreams(request)
        case .history: try history(request)
        case .agreement: try agreement(request)
        case .exchanges: try await exchanges(request)
        case .exchange(let id): try await exchange(id, request)
        case .deadLetters: try await deadLetters(request)
        case .deadLetter(let id):
            request.head.method == .DELETE ? try await delete(id, request) : try await deadLetter(id, request)
        case .replay: try await replay(request)
        case .discard: try await discard(request)
        case .page, .metrics, .live, .ready, .configuration, .tap:
            throw AdminProblem(.notFound, "There is nothing here.")
        }
    }

    private func upstreams(_ request: AdminRequest) throws(AdminProblem) -> AdminAnswer {
        _ = try Parameters(of: request.head.uri, known: [])
        return .json(.object([("upstreams", .array(sources.upstreams().map(UpstreamDocument.json)))]))
    }

    private func history(_ request: AdminRequest) throws(AdminProblem) -> AdminAnswer {
        _ = try Parameters(of: request.head.uri, known: [])
        return .json(HistoryDocument.json(sources.live?.history() ?? []))
    }

    private func agreement(_ request: AdminRequest) throws(AdminProblem) -> AdminAnswer {
        _ = try Parameters(of: request.head.uri, known: [])
        return .json(.object([("routes", .array(sources.agreement().map(AgreementDocument.json)))]))
    }

    /// - Throws: a problem where nothing is kept on disk.
    var deliveries: DeliverySources {
        get throws(AdminProblem) {
            guard let deliveries = sources.deliveries else {
                throw AdminProblem(
                    .notFound,
                    """
                    There is no spool, so nothing is kept here. One comes with a route that has 'respond: accepted' or \
                    'durable: true', or with a 'spool:' section of the configuration.
                    """)
            }
            return deliveries
        }
    }

    /// The URL of the page that follows, `null` where there is none.
    static func next(_ path: String, _ parameters: Parameters, _ mark: (name: String, value: String)?) -> JSON {
        mark.map { .string(path + "?" + parameters.query(with: [$0])) } ?? .null
    }
}

extension AdminProblem {
    /// The spool's own words, and its code.
    init(_ fault: SpoolFault) {
        let words = fault.description.isEmpty ? "The spool could not be read." : fault.description
        self.init(fault.code == .closed ? .serviceUnavailable : .internalServerError, words)
        members = [("code", fault.code.rawValue)]
    }
}
