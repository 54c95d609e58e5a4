import Foundation
import Postgres
import Testing

@Suite("PostgreSQL: values out and back")
struct RoundTripTests {
    let connection: PostgresConnection

    init() throws { connection = try TestServer.connection() }

    private func echo<Value: PostgresScalar & Equatable>(_ value: Value) throws -> Bool {
        let row = try connection.query("select \(value), \(Value?.none), \([value, value])").only()
        let single: Value = try row[0]
        let none: Value? = try row[1]
        let several: [Value] = try row[2]
        return single == value && none == nil && several == [value, value]
    }

    private func echoNulls<Value: PostgresScalar & Equatable>(_ value: Value) throws -> Bool {
        let row = try connection.query("select \([value, nil, value]), \([Value]()), \([Value]?.none)").only()
        let several: [Value?] = try row[0]
        let empty: [Value] = try row[1]
        let none: [Value]? = try row[2]
        return several == [value, nil, value] && empty.isEmpty && none == nil
    }

    private func both<Value: PostgresScalar & Equatable>(_ values: Value...) throws -> Bool {
        try values.allSatisfy { try echo($0) && echoNulls($0) }
    }

    @Test func `every type comes back as it went, alone, in arrays, beside nulls and in empty arrays`() throws {
        #expect(try both(true, false))
        #expect(try both(Int16.min, -1, 0, Int16.max))
        #expect(try both(Int32.min, -1, 0, Int32.max))
        #expect(try both(Int64.min, -1, 0, Int64.max))
        #expect(try both(Int.min, -1, 0, Int.max))
        #expect(try both(0.1, -0.0, .infinity, -.infinity, Double.leastNonzeroMagnitude))
        #expect(try both("", String(repeating: "ß", count: 100_000)))
        #expect(try both("plain", "Siân Ŵyn 🏴󠁧󠁢󠁷󠁬󠁳󠁿 \u{7}\"'{},\\"))
        #expect(try both([UInt8](), [0], [UInt8](0...255)))
        #expect(try both(UUID(), UUID(uuidString: "00000000-0000-0000-0000-000000000000")!))
        #expect(
            try both(
                PostgresTimestamp(microseconds: 0), .init(microseconds: -1), .init(microseconds: .max),
                .init(microseconds: .min), .init(microseconds: 1_793_000_000_123_456)))
        #expect(try both(PostgresDate(daysSince1970: 0), .init(daysSince1970: -1), .init(daysSince1970: 20_779)))
    }

    @Test func `not a number stays not a number`() throws {
        let row = try connection.query("select \(Double.nan), \([Double.nan, nil])").only()
        let value: Double = try row[0]
        let list: [Double?] = try row[1]
        #expect(value.isNaN && list[0]!.isNaN && list[1] == nil)
    }

    @Test func `the server reads the values as we mean them`() throws {
        let row = try connection.query(
            """
            select \(PostgresTimestamp(microseconds: 1_000_001))::text, \(PostgresDate(daysSince1970: 20_779))::text,
                \([UInt8]([1, 255]))::text, \([1, 2])::text, pg_typeof(\(1))::text, pg_typeof(\(Int32(1)))::text,
                current_setting('TimeZone'), current_setting('client_encoding'), \(2.5)::text
            """
        ).only()
        let texts = try (0..<9).map { try row.text($0) }
        #expect(
            texts == [
                "1970-01-01 00:00:01.000001+00", "2026-11-22", "\\x01ff", "{1,2}", "bigint", "integer", "UTC", "UTF8",
                "2.5",
            ])
    }

    @Test func `narrower columns and other text types can be read`() throws {
        let row = try connection.query(
            "select 1::int2, 2::int4, 'a'::varchar, 'b'::name, '{\"k\": 1}'::jsonb, 1.5::float4, array['x']::varchar[]"
        ).only()
        #expect(try row[0] as Int == 1 && row[1] as Int64 == 2 && row[0] as Int32 == 1)
        #expect(try row.text(2) == "a" && row.text(3) == "b" && row.text(4) == "{\"k\": 1}")
        #expect(try row[5] as Double == 1.5 && row[6] as [String] == ["x"])
    }

    @Test func `a wrong type, a null and a missing column are errors that name the column`() throws {
        let rows = try connection.query("select 'Zed'::text as surname, null::int8 as age, array[1, null] as marks")
        let row = rows[0]
        let wrong = failure { _ = try row[0] as Int }
        #expect(wrong?.kind == .decoding)
        #expect(wrong?.message == "column 0 (surname) cannot be read as bigint: it holds text")
        #expect(failure { _ = try row[1] as Int }?.message.contains("it holds null") == true)
        #expect(failure { _ = try row[2] as [Int32] }?.message.contains("an array with a null") == true)
        #expect(failure { _ = try row[2] as [String] }?.message.contains("it holds integer[]") == true)
        #expect(failure { _ = try row[9] as Int }?.kind == .decoding)
        #expect(failure { _ = try row[-1] as Int }?.kind == .decoding)
        #expect(failure { _ = try row[0] as [UInt8] }?.message.contains("bytea") == true)
    }

    @Test func `a type of one's own travels by its raw value`() throws {
        let row = try connection.query("select \(Colour.green), 'blue'").only()
        #expect(try row[0] as Colour == .green)
        #expect(failure { _ = try row[1] as Colour }?.kind == .decoding)
    }

    @Test func `rows stay readable when the connection is gone`() throws {
        let rows = try connection.query("select generate_series(1, 3), 'x'::bytea")
        connection.close()
        #expect(try rows.map { try $0[0] as Int } == [1, 2, 3])
        #expect(try rows[2].bytes(1) == [120])
        #expect(try rows[0].withBytes(1) { $0?.count } == 1)
        #expect(rows.columns == ["generate_series", "bytea"])
    }

    @Test func `interpolation binds, so text cannot become a statement`() throws {
        let hostile = "'; drop schema public cascade; --"
        let sql: SQL = "select \(hostile)"
        #expect(sql.text == "select $1")
        #expect(try connection.query(sql).only().text(0) == hostile)
    }
}

private enum Colour: String, PostgresScalar { case red, green }
