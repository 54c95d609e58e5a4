/// A PostgreSQL type by its object id (`pg_type.dat`; the ids of built-in types never change).
public struct PostgresType: Hashable, Sendable {
    /// The type's own id.
    public let id: UInt32
    /// The id of the array of it.
    public let arrayID: UInt32
    /// Its name in SQL.
    public let name: String

    public static let bool = PostgresType(id: 16, arrayID: 1000, name: "boolean")
    public static let bytea = PostgresType(id: 17, arrayID: 1001, name: "bytea")
    public static let int8 = PostgresType(id: 20, arrayID: 1016, name: "bigint")
    public static let int2 = PostgresType(id: 21, arrayID: 1005, name: "smallint")
    public static let int4 = PostgresType(id: 23, arrayID: 1007, name: "integer")
    public static let text = PostgresType(id: 25, arrayID: 1009, name: "text")
    public static let float4 = PostgresType(id: 700, arrayID: 1021, name: "real")
    public static let float8 = PostgresType(id: 701, arrayID: 1022, name: "double precision")
    public static let date = PostgresType(id: 1082, arrayID: 1182, name: "date")
    public static let timestamp = PostgresType(id: 1114, arrayID: 1115, name: "timestamp")
    public static let timestamptz = PostgresType(id: 1184, arrayID: 1185, name: "timestamptz")
    public static let uuid = PostgresType(id: 2950, arrayID: 2951, name: "uuid")

    static let varchar = PostgresType(id: 1043, arrayID: 1015, name: "varchar")
    static let bpchar = PostgresType(id: 1042, arrayID: 1014, name: "char")
    static let nameType = PostgresType(id: 19, arrayID: 1003, name: "name")
    static let json = PostgresType(id: 114, arrayID: 199, name: "json")
    static let jsonb = PostgresType(id: 3802, arrayID: 3807, name: "jsonb")
    static let numeric = PostgresType(id: 1700, arrayID: 1231, name: "numeric")

    private static let known: [PostgresType] = [
        bool, bytea, int8, int2, int4, text, float4, float8, date, timestamp, timestamptz, uuid, varchar, bpchar,
        nameType, json, jsonb, numeric,
    ]

    /// The name of a type for an error; a type of the database's own is shown by its number.
    static func name(of id: UInt32) -> String {
        if let type = known.first(where: { $0.id == id }) { return type.name }
        if let type = known.first(where: { $0.arrayID == id }) { return type.name + "[]" }
        return "type \(id)"
    }

    static func elementType(ofArray id: UInt32) -> UInt32? {
        known.first { $0.arrayID == id }?.id
    }
}
