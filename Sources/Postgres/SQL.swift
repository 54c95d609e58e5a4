/// A statement with its bound values.
///
/// Interpolation can only bind: `"select * from event where id = \(id)"` sends `$1` and the value beside it. Text is
/// spliced in only under a long label, `\(unsafeRaw: columnList)`, and must come from the program, never from data.
/// Each use of a value is a parameter of its own, with its explicit type (`Int` is bigint, `[UInt8]` is bytea,
/// `[String?]` is text[]).
public struct SQL: ExpressibleByStringInterpolation, Sendable {
    /// The text as the server sees it.
    public let text: String
    /// A short name shown in errors instead of the text.
    public internal(set) var label: String?
    let arguments: SQLArguments

    public init(stringLiteral value: String) {
        text = value
        arguments = SQLArguments()
    }

    public init(stringInterpolation: StringInterpolation) {
        text = stringInterpolation.text
        arguments = stringInterpolation.arguments
    }

    /// The same statement under a short name. The name is written in the program, so it cannot hold a value.
    public func labelled(_ label: StaticString) -> SQL {
        var copy = self
        copy.label = "\(label)"
        return copy
    }

    /// A labelled statement with the name in front: `.named("event.insert", "insert into event …")`.
    public static func named(_ label: StaticString, _ sql: SQL) -> SQL { sql.labelled(label) }

    /// Collects the text and the bound values.
    public struct StringInterpolation: StringInterpolationProtocol, Sendable {
        @usableFromInline var text = ""
        @usableFromInline var arguments = SQLArguments()

        public init(literalCapacity: Int, interpolationCount: Int) {
            text.reserveCapacity(literalCapacity + 4 * interpolationCount)
        }

        public mutating func appendLiteral(_ literal: String) { text += literal }

        /// Binds a value.
        @inlinable
        public mutating func appendInterpolation<Value: PostgresScalar>(_ value: Value) {
            arguments.append(type: Value.postgresType.id) { value.encode(into: &$0) }
            appendPlaceholder()
        }

        /// Binds a value or null.
        @inlinable
        public mutating func appendInterpolation<Value: PostgresScalar>(_ value: Value?) {
            if let value {
                appendInterpolation(value)
            } else {
                arguments.appendNull(type: Value.postgresType.id)
                appendPlaceholder()
            }
        }

        /// Binds an array, for `unnest(…)` and `= any(…)`.
        @inlinable
        public mutating func appendInterpolation<Value: PostgresScalar>(_ values: [Value]) {
            arguments.append(type: Value.postgresType.arrayID) { ArrayFormat.encode(values, into: &$0) }
            appendPlaceholder()
        }

        /// Binds an array that may hold nulls.
        @inlinable
        public mutating func appendInterpolation<Value: PostgresScalar>(_ values: [Value?]) {
            arguments.append(type: Value.postgresType.arrayID) { ArrayFormat.encode(values, into: &$0) }
            appendPlaceholder()
        }

        /// Binds an array or null.
        @inlinable
        public mutating func appendInterpolation<Value: PostgresScalar>(_ values: [Value]?) {
            if let values {
                appendInterpolation(values)
            } else {
                arguments.appendNull(type: Value.postgresType.arrayID)
                appendPlaceholder()
            }
        }

        /// Splices text into the statement as it is. It must be part of the program: data here is an injection.
        public mutating func appendInterpolation(unsafeRaw raw: String) { text += raw }

        @usableFromInline
        mutating func appendPlaceholder() { text += "$\(arguments.count)" }
    }
}
