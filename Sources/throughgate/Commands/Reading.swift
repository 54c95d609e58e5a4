import ArgumentParser
import Foundation
import HandoverRules

/// Reads arguments as the contract's own types; the message names the rule, never the text.
enum Reading {
    static func id(_ text: String) throws -> UUID {
        guard let id = UUID(uuidString: text) else { throw ValidationError("must be a UUID") }
        return id
    }

    static func pattern<Pattern: PatternText>(_ text: String) throws -> Pattern {
        guard let value = Pattern(text) else { throw ValidationError("\(Pattern.rule)") }
        return value
    }

    static func code<Value: Code>(_ text: String) throws -> Value {
        guard let value = Value(rawValue: text) else {
            throw ValidationError("must be one of " + Value.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return value
    }
}
