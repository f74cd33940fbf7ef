internal import Exchange

extension SpoolSettings {
    /// Of the block and of a configuration without one alike.
    private static let defaultPath = "./spool"

    /// Bytes of a body that one row of the spool's file can hold and a delivery in memory.
    private static let bodyBound = 512 << 20

    fileprivate init(in directory: String) {
        self.init(path: FileText.resolve(SpoolSettings.defaultPath, in: directory))
    }

    static func read(_ section: Section) -> SpoolSettings {
        let directory = section.reading.directory
        var settings = SpoolSettings(in: directory)
        if let path = section.value("path")?.read(as: .line("the path of a directory")) {
            settings.path = FileText.resolve(path, in: directory)
        }
        section.read("max_size", as: .size(1 << 20...Bound.tebibyte), into: &settings.maxSize)
        section.read("max_body", as: .size(1...bodyBound), into: &settings.maxBody)
        section.read("memory", as: .size(1...Bound.tebibyte), into: &settings.memory)
        if !section.has("memory") { settings.memory = max(settings.memory, settings.maxBody) }
        section.read("sync", as: .word(Sync.self), into: &settings.sync)
        section.read("keep", as: .duration(.seconds(1)...Bound.year), into: &settings.keep)
        settings.check(section)
        return settings
    }

    private func check(_ section: Section) {
        guard !section.reading.isFaulty(section.trail) else { return }
        if memory < maxBody {
            section.reading.error(
                Complaint(
                    "memory (\(SizeText.string(memory))) is smaller than max_body (\(SizeText.string(maxBody))): such a body could never be taken",
                    code: .conflict),
                at: section.trail.key("memory"))
        }
        guard maxBody > maxSize else { return }
        section.reading.error(
            Complaint(
                "max_body (\(SizeText.string(maxBody))) is larger than max_size (\(SizeText.string(maxSize))), "
                    + "which bounds the whole spool", code: .conflict),
            at: section.trail.key(section.has("max_body") ? "max_body" : "max_size"))
    }
}

extension Draft {
    /// A route that needs a spool gets one where the configuration does not say how it is to be.
    mutating func takeSpool(in directory: String) {
        guard settings.spool == nil, settings.routes.contains(where: \.needsSpool) else { return }
        settings.spool = SpoolSettings(in: directory)
    }
}
