internal import Exchange

extension AdminSettings {
    var described: Described {
        .block([
            "listen": .text(listen.description), "token": .text(token?.description), "hosts": .texts(hosts), "recent": .number(recent),
        ])
    }
}
