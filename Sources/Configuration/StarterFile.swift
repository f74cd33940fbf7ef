/// The file that `pantograph init` writes: what most people need, explained, and all else as comments with its default.
package enum StarterFile {
    package static let name = "pantograph.yaml"

    package static let text = """
        # pantograph: every call of the application goes to the primary, whose answer it gets, and to each mirror.
        # Point the application's base URL at `listen`, then:  pantograph check  and  pantograph run
        #
        # Durations: 250ms, 2s, 5m, 24h.  Sizes: 64KiB, 1MiB.  ${NAME} and ${NAME:-default} take environment variables.
        # Relative paths start at this file's directory.

        listen: 127.0.0.1:4100              # the application's base URL; or unix:/run/pantograph.sock
        admin: 127.0.0.1:4101               # the page, its API, /metrics, /livez, /readyz; or
        # admin: { listen: "127.0.0.1:4101", token: { env: PANTOGRAPH_ADMIN_TOKEN }, hosts: [], recent: 1000 }   # a token for the API
        # allow_remote: false               # true: listen and admin may be other than loopback addresses

        upstreams:
          inventory:
            url: http://127.0.0.1:9001      # the API that answers the application; a path goes before every target
            # credentials: { bearer: { env: INVENTORY_TOKEN } }   # in place of the application's own; or
            #              { bearer: { file: inventory.token } }
            #              { basic: { user: checkout, password: { env: INVENTORY_PASSWORD } } }
            #              { header: { name: X-Api-Key, value: { env: INVENTORY_KEY } } }
            timeout: { connect: 2s, first_byte: 10s, total: 30s }
            # retry: { attempts: 3, backoff: 250ms, max_backoff: 1m, give_up_after: 24h, on: [connect, timeout, reset, 429, 5xx] }
            # breaker: { failure_ratio: 0.5, window: 10s, minimum: 20, open_for: 5s }   # leaves it alone while it fails
            # limit: { rate: 100/1m, burst: 20, in_flight: 1024, connections: 256 }     # calls begun in a time; calls at once
            # keep_host: false              # true: the application's Host goes upstream as it came
            # http: auto                    # or 1.1, or 2
            # tls: { ca_file: partner.pem } # CA certificates in place of the system's
            # idempotency: { key: application, header: Idempotency-Key }   # key: generate  makes one where it is missing

          shipping:
            url: http://127.0.0.1:9002      # a mirror: gets the same calls, its answers are recorded and thrown away
            # A mirror never gets the application's own Authorization or cookies unless this says so.
            credentials: none               # or  { bearer: { env: SHIPPING_TOKEN } }
            # inherit_credentials: false
            headers: { set: { X-Source: mirror }, remove: [] }

        # Tried in order; an exchange that none matches is answered with 404. Without routes there is one for every path,
        # the first upstream its primary.
        routes:
          # - name: orders
          #   match: { methods: [POST], path: /orders/** }
          #   respond: accepted               # 202 once the call is safe on disk; each upstream gets it from there, with retries
          #   to: [inventory, shipping]
          #   order_by: X-Order-Id            # calls of one order reach each upstream one after the other
          #   idempotency: { required: true, header: Idempotency-Key }   # a call without a key is refused
          #   on_partial_failure:             # to the upstream that took a call which the other did not
          #     method: POST
          #     path: "{path}/cancel"
          #     body: '{ "order": "{body:/order}" }'
          #     headers: { Content-Type: application/json }
          - name: everything
            match: { path: /** }            # /orders, /orders/*/lines, /orders/**
            respond: inventory              # the primary
            to: [inventory, shipping]       # all others are mirrors
            # durable: false                # true: mirrors get their calls through the spool
            mirror_when_cancelled: true     # the application went away: mirrors still get the call
            # compare: { sample: 1.0, ignore: [/timestamp], tolerance: 0, sets: [/tags], noise: 0.01 }   # do mirrors answer alike?

        limits:
          connections: 1024
          headers: { bytes: 64KiB, count: 100 }
          body: 256MiB                      # of a request
          mirror: { body: 1MiB, memory: 64MiB, calls: 1000 }   # beyond: the mirror is skipped, and that is counted
          header_timeout: 10s
          body_timeout: 30s                 # without a byte
          idle_timeout: 60s

        # Where accepted calls and those of durable mirrors wait. Without such a route there is none, unless this is written:
        # then any call can ask for it by  Prefer: respond-async.
        # spool: { path: ./spool, max_size: 1GiB, max_body: 16MiB, memory: 64MiB, sync: full, keep: 24h }

        # A key here wins over the OpenTelemetry environment variable of the same meaning.
        telemetry:
          # service_name: checkout          # or OTEL_SERVICE_NAME
          # otlp: { endpoint: http://127.0.0.1:4318 }   # a collector (OTLP/HTTP), or  otlp: false
          # sampler: parentbased_always_on  # or always_on, always_off, { ratio: 0.1 }, { parentbased_ratio: 0.1 }
          log: { level: info, access: false }   # access: true, or { sample: 0.1 }

        drain: 10s                          # what is in flight may end after SIGTERM
        # threads: 0                        # event loops; 0: one per core

        """
}
