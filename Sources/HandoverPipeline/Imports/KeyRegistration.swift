import EventContracts
import Foundation
import HandoverRules
import Postgres

/// The keys that `import providers` registers: each file named in `public_key_file` is read and judged with its row,
/// and states all keys of its recipient that count. A key that it no longer has is retired; a retired one never comes
/// back; nobody who has had a key is ever without one.
struct KeyRegistration {
    static let column = "public_key_file"

    private let folder: String
    private var lines: [Int] = []
    private var providers: [String] = []
    private var thumbprints: [String] = []
    private var kids: [String] = []
    private var jwks: [String] = []
    private var turns: [Int32] = []
    private var validFrom: [PostgresTimestamp?] = []

    /// - Parameter folder: where relative paths begin.
    init(folder: String) { self.folder = folder }

    /// Reads the file that a row names.
    /// - Throws: ``ImportProblem`` by line and column; never what the file holds, or where it lies.
    mutating func read(_ row: CSVReader.Row, _ header: CSVHeader) throws(ImportProblem) {
        func field(_ name: String) -> String? {
            header.columns.firstIndex { $0.name == name }.map { row.fields[header.indices[$0]] }
        }
        guard let path = field(KeyRegistration.column), !path.isEmpty, let provider = field("provider_id") else {
            return
        }
        guard let file = bytes(path) else {
            throw KeyRegistration.problem(
                row.line,
                "the file cannot be read, or is larger than \(KeyFile.bytesMax / 1024) KiB; check path and"
                    + " permissions (a relative path begins beside the CSV file)")
        }
        let keys: [SubmittedKey]
        do throws(KeyFileFault) {
            keys = try KeyFile.read(file)
        } catch {
            throw KeyRegistration.problem(row.line, "the file \(error.rule)")
        }
        for (turn, key) in keys.enumerated() {
            lines.append(row.line)
            providers.append(provider)
            thumbprints.append(key.key.thumbprint)
            kids.append(key.key.id)
            jwks.append(key.key.jwk)
            turns.append(Int32(turn))
            validFrom.append(key.validFrom?.postgres)
        }
    }

    /// Bounded before it is read: a path may name anything.
    private func bytes(_ path: String) -> [UInt8]? {
        let full = path.hasPrefix("/") ? path : folder + "/" + path
        guard let values = try? URL(fileURLWithPath: full).resourceValues(forKeys: [.isRegularFileKey]),
            values.isRegularFile == true, let file = FileHandle(forReadingAtPath: full)
        else { return nil }
        defer { try? file.close() }
        guard let data = try? file.read(upToCount: KeyFile.bytesMax + 1), data.count <= KeyFile.bytesMax else {
            return nil
        }
        return Array(data)
    }

    /// Stores what was read, in the import's transaction, behind its providers.
    /// - Returns: how many keys were added, changed or retired.
    func store(on session: PostgresConnection, hasColumn: Bool) throws -> Int {
        guard hasColumn else { return 0 }
        try refuseEmpty(session)
        guard !lines.isEmpty else { return 0 }
        try session.execute(
            """
            create temporary table incoming_key (line bigint, provider_id text, thumbprint text, kid text, jwk text,
                turn int, valid_from timestamptz) on commit drop
            """)
        try session.execute(
            """
            insert into incoming_key
            select * from unnest(\(lines.map(Int64.init)), \(providers), \(thumbprints), \(kids), \(jwks), \(turns),
                \(validFrom))
            """)
        try check(session)
        // Of several that are new and name no time, the first in the file counts.
        let changed: Int64 = try session.query(
            """
            with given as (
                insert into recipient_key as k (provider_id, thumbprint, kid, jwk, valid_from)
                select provider_id, thumbprint, kid, jwk,
                    coalesce(valid_from, now() - make_interval(secs => turn * 0.000001))
                from incoming_key order by provider_id, thumbprint
                on conflict (provider_id, thumbprint) do update set kid = excluded.kid,
                    valid_from = coalesce((select i.valid_from from incoming_key i
                        where i.provider_id = k.provider_id and i.thumbprint = k.thumbprint), k.valid_from)
                where k.kid <> excluded.kid or exists (select from incoming_key i
                    where i.provider_id = k.provider_id and i.thumbprint = k.thumbprint
                        and i.valid_from <> k.valid_from)
                returning 1),
            gone as (
                update recipient_key k set retired_at = now()
                where k.retired_at is null and k.provider_id in (select provider_id from incoming_key)
                    and not exists (select from incoming_key i
                        where i.provider_id = k.provider_id and i.thumbprint = k.thumbprint)
                returning 1)
            select (select count(*) from given) + (select count(*) from gone)
            """
        ).only()[0]
        return Int(changed)
    }

    /// An empty field would take the file away from somebody whose handovers are sealed.
    private func refuseEmpty(_ session: PostgresConnection) throws {
        try refuse(
            session,
            """
            select min(i.line) from incoming i where i.public_key_file is null
                and exists (select from recipient_key k where k.provider_id = i.provider_id)
            """, "must not be empty: this recipient's handovers are sealed, and are never sent in the clear again")
    }

    private func check(_ session: PostgresConnection) throws {
        try refuse(
            session,
            """
            select min(i.line) from incoming_key i join recipient_key k using (provider_id, thumbprint)
            where k.retired_at is not null
            """, "the file has a key that was retired; make a new pair")
        try refuse(
            session,
            """
            select min(i.line) from incoming_key i join recipient_key k using (provider_id, kid)
            where k.thumbprint <> i.thumbprint
            """, "the file gives another key the kid of an earlier one; choose a new kid")
        try refuse(
            session,
            """
            select min(line) from (
                select i.provider_id, i.line from incoming_key i
                    left join recipient_key k using (provider_id, thumbprint)
                group by i.provider_id, i.line
                having min(coalesce(i.valid_from, k.valid_from, now())) > now()) none
            """, "the file has no key that counts now; leave the one in use in it until the next one's valid_from")
        try refuse(
            session, "select min(line) from incoming_key where valid_from > now() + interval '1 year'",
            "the file has a valid_from more than a year ahead")
    }

    private func refuse(_ session: PostgresConnection, _ query: String, _ words: String) throws {
        let found: Int64? = try session.query("\(unsafeRaw: query)").only()[0]
        if let line = found { throw KeyRegistration.problem(Int(line), words) }
    }

    private static func problem(_ line: Int, _ words: String) -> ImportProblem {
        ImportProblem(line: line, column: column, words)
    }
}
