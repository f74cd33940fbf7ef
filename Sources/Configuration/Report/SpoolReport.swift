internal import Exchange

extension SpoolSettings {
    var described: Described {
        .block([
            "path": .text(path), "max_size": .size(maxSize), "max_body": .size(maxBody), "memory": .size(memory), "sync": .text(sync.rawValue),
            "keep": .duration(keep),
        ])
    }
}
