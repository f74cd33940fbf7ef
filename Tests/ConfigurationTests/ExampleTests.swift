import Exchange
import Testing

@testable import Configuration

/// Every key that this version knows, each on a line of its own.
let fullConfiguration = """
    listen: 127.0.0.1:4100
    admin:
      listen: 127.0.0.1:4101
      token:
        env: ADMIN_TOKEN
      hosts: [pantograph.internal]
      recent: 500
    allow_remote: false
    upstreams:
      inventory:
        url: https://inventory.example.com/v2
        credentials:
          bearer:
            env: INVENTORY_TOKEN
        timeout:
          connect: 2s
          first_byte: 10s
          total: 30s
        retry:
          attempts: 6
          backoff: 250ms
          max_backoff: 1m
          give_up_after: 24h
          on: [connect, timeout, reset, 429, 5xx]
        breaker:
          failure_ratio: 0.25
          window: 30s
          minimum: 10
          open_for: 3s
        limit:
          rate: 100/1m
          burst: 20
          in_flight: 64
          connections: 32
        http: auto
        idempotency:
          key: generate
          header: Idempotency-Key
      shipping:
        url: https://api.shipping.example
        credentials:
          basic:
            user: checkout
            password:
              file: password
        headers:
          set:
            X-Source: checkout
          remove: [Cookie]
        keep_host: false
        tls:
          ca_file: partner.pem
      archive:
        url: http://127.0.0.1:9000
        credentials:
          header:
            name: X-Api-Key
            value:
              env: ARCHIVE_KEY
        inherit_credentials: false
    routes:
      - name: orders
        match:
          methods: [POST]
          path: /orders
        respond: shipping
        to: [inventory, shipping]
      - name: payments
        match:
          path: /payments/**
        respond: accepted
        to: [shipping, archive]
        order_by: X-Customer
        idempotency:
          required: true
          header: X-Payment-Key
        on_partial_failure:
          method: POST
          path: /payments/{id}/cancel
          body: '{{ "payment": "{body:/payment}", "at": "{upstream}" }}'
          headers:
            X-Reason: "{header:X-Customer}"
      - name: everything-else
        match:
          path: /**
        respond: inventory
        to: [inventory, shipping, archive]
        durable: true
        mirror_when_cancelled: true
    limits:
      connections: 1024
      headers:
        bytes: 64KiB
        count: 100
      body: 256MiB
      mirror:
        body: 1MiB
        memory: 64MiB
        calls: 1000
      header_timeout: 10s
      body_timeout: 30s
      idle_timeout: 60s
    spool:
      path: ./kept
      max_size: 2GiB
      max_body: 8MiB
      sync: normal
      keep: 48h
    telemetry:
      service_name: checkout
      sampler:
        parentbased_ratio: 0.5
      otlp:
        endpoint: http://127.0.0.1:4318
        headers:
          x-key:
            env: COLLECTOR_KEY
        timeout: 10s
        compression: gzip
        queue: 2048
        batch: 512
        interval: 5s
        certificate: partner.pem
      log:
        level: info
        access:
          sample: 0.1
    drain: 10s
    threads: 0

    """

let fullEnvironment = [
    "INVENTORY_TOKEN": "hunter2-inventory", "ARCHIVE_KEY": "hunter2-archive", "COLLECTOR_KEY": "hunter2-collector",
    "ADMIN_TOKEN": "hunter2-admin",
]

/// A directory with what the full configuration names.
func fullDirectory() throws -> Directory {
    let directory = try Directory()
    try directory.write("password", "hunter2-shipping\n")
    try directory.write("partner.pem", certificate)
    return directory
}

@Suite struct ExampleTests {
    @Test func everyKeyIsTaken() throws {
        let directory = try fullDirectory()
        let file = try directory.write("pantograph.yaml", fullConfiguration)
        let checked = try ConfigurationReader(environment: fullEnvironment).read(file: file).get()
        #expect(checked.warnings.isEmpty, "\(checked.warnings)")
        #expect(checked.file == file)
        let settings = checked.settings
        #expect(settings.admin.token == .environment("ADMIN_TOKEN") && settings.admin.recent == 500)
        #expect(settings.upstreams.map(\.name) == ["inventory", "shipping", "archive"])
        #expect(settings.upstreams[1].credentials == .basic(user: "checkout", password: .file("\(directory.path)/password")))
        #expect(
            settings.routes.map { "\($0.name) \($0.primary?.index ?? -1) \($0.mirrors.map(\.index))" } == [
                "orders 1 [0]", "payments -1 [1, 2]", "everything-else 0 [1, 2]",
            ])
        #expect(settings.spool?.path == "\(directory.path)/kept")
        #expect(settings.telemetry.sampler == .parentBased(root: .ratio(0.5)))
        #expect(settings.telemetry.log.access && settings.telemetry.log.accessSample == 0.1)
    }

    /// The example of the product's own description.
    private let example = """
        listen: 127.0.0.1:4100            # the application's base URL; or unix:/run/pantograph.sock
        admin: 127.0.0.1:4101             # metrics, health, API, page
        upstreams:
          inventory:
            url: https://inventory.example.com/v2
            credentials: { bearer: { env: INVENTORY_TOKEN } }   # or basic: {user, password}, header: {name, value}
            timeout: { connect: 2s, first_byte: 10s, total: 30s }
            retry: { attempts: 6, backoff: 250ms, max_backoff: 1m, give_up_after: 24h, on: [connect, timeout, reset, 429, 5xx] }
            breaker: { failure_ratio: 0.5, window: 10s, minimum: 20, open_for: 5s }
            limit: { rate: 100/1m, burst: 20, in_flight: 64 }
          shipping:
            url: https://api.shipping.example
            headers: { set: { X-Source: checkout }, remove: [Cookie] }
            keep_host: false              # true: the application's Host goes upstream as it came
            inherit_credentials: false    # true: the application's Authorization and cookies go to this mirror too
            tls: { ca_file: partner.pem }
        routes:
          - name: orders
            match: { methods: [POST], path: /orders }
            respond: accepted
            to: [inventory, shipping]
          - name: everything-else
            match: { path: /** }
            respond: inventory
            to: [inventory, shipping]
            durable: false                # true: mirrors go through the spool
            mirror_when_cancelled: true   # the application went away: mirrors still get the call
        limits:
          connections: 1024
          headers: { bytes: 64KiB, count: 100 }
          body: 256MiB                    # of a streamed call; an accepted one: spool.max_body
          mirror: { body: 1MiB, memory: 64MiB, calls: 1000 }   # beyond: skipped, counted
          header_timeout: 10s
          body_timeout: 30s               # without a byte
          idle_timeout: 60s
        spool: { path: ./spool, max_size: 1GiB, max_body: 16MiB, sync: full, keep: 24h }
        telemetry:
          service_name: checkout
          otlp: { endpoint: http://127.0.0.1:4318, headers: {} }
          log: { level: info, access: false }
        drain: 10s
        threads: 0                        # event loops; 0: one per core

        """

    @Test func theExampleAsItStands() throws {
        let directory = try fullDirectory()
        let file = try directory.write("pantograph.yaml", example)
        let checked = try ConfigurationReader(environment: fullEnvironment).read(file: file).get()
        #expect(checked.warnings.map { "\($0.line ?? 0) \($0.code)" } == ["11 noCredentials"])
        #expect(checked.settings.upstreams[0].rate == RateSettings(count: 100, per: .seconds(60), burst: 20))
        #expect(checked.settings.upstreams[0].breaker == BreakerSettings() && checked.settings.upstreams[1].breaker == nil)
        #expect(checked.settings.routes.map(\.primary) == [nil, UpstreamID(0)])
        #expect(checked.settings.spool == SpoolSettings(path: "\(directory.path)/spool"))
    }
}
