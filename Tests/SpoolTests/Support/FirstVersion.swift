/// What `.dump` of the `sqlite3` tool made of a spool of the first version, with one exchange to two upstreams: a delivery that
/// was tried once, and a dead letter. It stays as it is, whatever the schema becomes.
enum FirstVersion {
    static let exchange = "03a35294-4001-790b-9c6e-d53634406d6e"

    static let file = """
        PRAGMA foreign_keys=OFF;
        BEGIN TRANSACTION;
        CREATE TABLE grdb_migrations (identifier TEXT NOT NULL PRIMARY KEY);
        INSERT INTO grdb_migrations VALUES
            ('v1');
        CREATE TABLE about (
            -- Which program had the spool last, and since when.
            name TEXT NOT NULL PRIMARY KEY,
            value TEXT NOT NULL
        ) STRICT, WITHOUT ROWID;
        INSERT INTO about VALUES
            ('process','4711');
        INSERT INTO about VALUES
            ('since','1795520496217288271');
        INSERT INTO about VALUES
            ('version','0.1.0');
        CREATE TABLE exchanges (
            -- A request of the application that was accepted. Every time is in nanoseconds since 1970-01-01T00:00:00Z;
            -- the views waiting, dead_letters, recent and attempt_history show them as people read them.
            seq INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,             -- UUID of version 7
            route TEXT NOT NULL,
            received_at INTEGER NOT NULL,
            method TEXT NOT NULL,
            target TEXT NOT NULL,
            minor_version INTEGER NOT NULL,      -- of HTTP/1
            trace_id TEXT NOT NULL,
            span_id TEXT NOT NULL,               -- the SERVER span
            trace_flags INTEGER NOT NULL,
            trace_state TEXT NOT NULL,
            baggage TEXT,
            idempotency_key TEXT,                -- the application's own; unique within the route
            order_key TEXT,                      -- the value of the route's order_by field
            compensates TEXT,                    -- of a compensating call: the id of the exchange that it makes good
            compensation_made_at INTEGER,        -- when the calls that make this one good were made
            finished_at INTEGER,                 -- since when no delivery is pending, or dead and not discarded
            size INTEGER NOT NULL                -- bytes of the target, the header fields and the body
        ) STRICT;
        INSERT INTO exchanges VALUES
            (1,'03a35294-4001-790b-9c6e-d53634406d6e','orders',4000000000001000001,'POST','/orders?x=1',1,
                '910a2dec89025cc1beeb8da1658eec67','f893a2eefb32555e',3,'vendor=1','user=7','k','o',NULL,NULL,NULL,55);
        CREATE TABLE requests (
            -- What came with the request. Apart from exchanges, so that looking through those never reads a body.
            exchange INTEGER PRIMARY KEY REFERENCES exchanges (seq) ON DELETE CASCADE,
            headers BLOB NOT NULL,               -- lines as on the wire: CAST(headers AS TEXT)
            body BLOB,                           -- NULL where there was none
            checksum INTEGER NOT NULL            -- CRC-32 of method, target, headers and body, one after the other
        ) STRICT;
        INSERT INTO requests VALUES
        (1,X'486f73743a20612e6578616d706c650d0a582d54776963653a20310d0a782d74776963653a20320d0a456d7074793a200d0a4c6174696e3a20fffe200d0a',
                X'7b7d',1660495271);
        CREATE TABLE deliveries (
            -- An exchange on its way to one upstream.
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            exchange INTEGER NOT NULL REFERENCES exchanges (seq) ON DELETE CASCADE,
            route TEXT NOT NULL,
            upstream TEXT NOT NULL,
            order_key TEXT,
            in_line INTEGER NOT NULL DEFAULT 0,  -- 1: an earlier one of the same upstream and order_key is pending
            state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'dead', 'skipped', 'compensated')),
            attempts INTEGER NOT NULL DEFAULT 0, -- that have ended, of this run
            first_attempt_at INTEGER,
            next_attempt_at INTEGER NOT NULL,    -- of a pending one: not before this time
            started_at INTEGER NOT NULL,         -- of this run: acceptance, or the replay of a dead letter
            trace_id TEXT NOT NULL,              -- of this run
            span_id TEXT NOT NULL,               -- the INTERNAL span that covers this run
            trace_flags INTEGER NOT NULL,
            first_span_id TEXT,                  -- of a replayed one: the span of its first run, in the exchange's trace
            last_class TEXT,                     -- how the last attempt failed; NULL where it did not
            last_status INTEGER,
            skip_reason TEXT,
            settled_at INTEGER,
            replays INTEGER NOT NULL DEFAULT 0,
            discarded_at INTEGER                 -- of a dead one
        ) STRICT;
        INSERT INTO deliveries VALUES
            (1,1,'orders','inventory','o',0,'pending',1,4000000000001000001,4000000000001000001,4000000000001000001,
                '910a2dec89025cc1beeb8da1658eec67','41a279ce12c820e1',3,NULL,'http_5xx',503,NULL,NULL,0,NULL);
        INSERT INTO deliveries VALUES
            (2,1,'orders','shipping','o',0,'dead',1,4000000000001000001,4000000000001000001,4000000000001000001,
                '910a2dec89025cc1beeb8da1658eec67','f3e0a34a7ec2239a',3,NULL,'http_4xx',404,NULL,4000000000001000001,0,NULL);
        CREATE TABLE attempts (
            -- An HTTP request on the wire for a delivery. Of those that succeeded only some are kept.
            delivery INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
            run INTEGER NOT NULL,                -- 0, and one more with each replay
            number INTEGER NOT NULL,             -- from 1, within the run
            started_at INTEGER NOT NULL,
            ended_at INTEGER NOT NULL,
            class TEXT,                          -- NULL for a success
            status INTEGER,
            detail TEXT NOT NULL,
            answer BLOB,                         -- how the answer began: CAST(answer AS TEXT)
            PRIMARY KEY (delivery, run, number)
        ) STRICT;
        INSERT INTO attempts VALUES
            (1,0,1,4000000000001000001,4000000000001000001,'http_5xx',503,'unavailable',X'6e6f');
        INSERT INTO attempts VALUES
            (2,0,1,4000000000001000001,4000000000001000001,'http_4xx',404,'not found',X'6e6f');
        DELETE FROM sqlite_sequence;
        INSERT INTO sqlite_sequence VALUES
            ('deliveries',2);
        CREATE UNIQUE INDEX exchanges_by_key ON exchanges (route, idempotency_key) WHERE idempotency_key IS NOT NULL;
        CREATE INDEX exchanges_finished ON exchanges (finished_at) WHERE finished_at IS NOT NULL;
        CREATE INDEX deliveries_by_exchange ON deliveries (exchange);
        CREATE INDEX deliveries_due ON deliveries (upstream, next_attempt_at) WHERE state = 'pending' AND in_line = 0;
        CREATE INDEX deliveries_pending ON deliveries (upstream, state) WHERE state = 'pending';
        CREATE INDEX deliveries_in_order ON deliveries (upstream, order_key) WHERE state = 'pending' AND order_key IS NOT NULL;
        CREATE INDEX deliveries_dead ON deliveries (id, upstream) WHERE state = 'dead' AND discarded_at IS NULL;
        CREATE VIEW waiting AS
            SELECT d.id AS delivery, d.upstream, d.route, e.method, e.target, d.attempts, d.last_class, d.last_status,
                strftime('%Y-%m-%dT%H:%M:%fZ', e.received_at / 1e9, 'unixepoch') AS accepted, strftime('%Y-%m-%dT%H:%M:%fZ',
                 d.next_attempt_at / 1e9, 'unixepoch') AS next_attempt,
                iif(d.in_line, 'behind ' || d.order_key, d.order_key) AS order_key, e.size, e.id AS exchange, d.trace_id
            FROM deliveries AS d JOIN exchanges AS e ON e.seq = d.exchange
            WHERE d.state = 'pending' ORDER BY d.id;
        CREATE VIEW dead_letters AS
            SELECT d.id AS delivery, d.upstream, d.route, e.method, e.target, d.attempts, d.last_class, d.last_status,
                strftime('%Y-%m-%dT%H:%M:%fZ', e.received_at / 1e9, 'unixepoch') AS accepted, strftime('%Y-%m-%dT%H:%M:%fZ',
                 d.settled_at / 1e9, 'unixepoch') AS dead_since, d.replays,
                (SELECT detail FROM attempts WHERE delivery = d.id ORDER BY run DESC, number DESC LIMIT 1) AS detail,
                e.size, e.id AS exchange, d.trace_id
            FROM deliveries AS d JOIN exchanges AS e ON e.seq = d.exchange
            WHERE d.state = 'dead' AND d.discarded_at IS NULL ORDER BY d.id;
        CREATE VIEW recent AS
            SELECT e.id AS exchange, e.route, e.method, e.target, strftime('%Y-%m-%dT%H:%M:%fZ', e.received_at / 1e9,
                 'unixepoch') AS accepted,
                strftime('%Y-%m-%dT%H:%M:%fZ', e.finished_at / 1e9, 'unixepoch') AS finished,
                (SELECT group_concat(upstream || ' ' || state, ', ') FROM deliveries WHERE exchange = e.seq) AS deliveries,
                e.size, e.compensates, e.trace_id
            FROM exchanges AS e ORDER BY e.seq DESC;
        CREATE VIEW attempt_history AS
            SELECT a.delivery, d.upstream, a.run, a.number, strftime('%Y-%m-%dT%H:%M:%fZ', a.started_at / 1e9, 'unixepoch') AS started,
                (a.ended_at - a.started_at) / 1000000 AS milliseconds, a.class, a.status, a.detail,
                CAST(a.answer AS TEXT) AS answer, e.id AS exchange
            FROM attempts AS a JOIN deliveries AS d ON d.id = a.delivery JOIN exchanges AS e ON e.seq = d.exchange
            ORDER BY a.delivery, a.run, a.number;
        COMMIT;
        PRAGMA application_id = 1885433460;
        PRAGMA user_version = 1;
        """
}
