import Foundation

/// A JSON Schema (draft 2020-12), as far as the schemas of this repository go. It knows nothing of the decoder: what it
/// judges, it judges by the file alone. A keyword that it does not know is a problem, never a pass.
final class JSONSchema {
    private let root: JSONTree
    private var patterns: [String: NSRegularExpression] = [:]

    init(_ root: JSONTree) { self.root = root }

    /// What is wrong with `instance`, by place; empty where it is valid.
    func problems(_ instance: JSONTree) -> [String] { judge(instance, root, "") }

    func accepts(_ instance: JSONTree) -> Bool { problems(instance).isEmpty }

    private func judge(_ value: JSONTree, _ schema: JSONTree, _ path: String) -> [String] {
        if case .bool(let accepts) = schema { return accepts ? [] : ["\(path): is not allowed"] }
        return schema.members.flatMap { keyword, rule in judge(value, keyword, rule, schema, path) }
    }

    private func judge(
        _ value: JSONTree, _ keyword: String, _ rule: JSONTree, _ schema: JSONTree, _ path: String
    ) -> [String] {
        switch keyword {
        case "$schema", "$id", "$defs", "title", "description", "contentMediaType", "contentSchema", "then", "else":
            return []
        case "$ref": return judge(value, definition(rule), path)
        case "anyOf":
            let tries = rule.elements.map { judge(value, $0, path) }
            return tries.contains(where: \.isEmpty) ? [] : tries.min { $0.count < $1.count } ?? []
        case "allOf": return rule.elements.flatMap { judge(value, $0, path) }
        case "not": return judge(value, rule, path).isEmpty ? ["\(path): has what it must not have"] : []
        case "if":
            let branch = schema[judge(value, rule, path).isEmpty ? "then" : "else"]
            return branch.map { judge(value, $0, path) } ?? []
        case "const": return value == rule ? [] : ["\(path): is another constant"]
        case "enum": return rule.elements.contains(value) ? [] : ["\(path): is not of the list"]
        case "type": return isOf(value, rule.string ?? "") ? [] : ["\(path): is no \(rule.string ?? "")"]
        default:
            switch value {
            case .object(let members): return judge(members, keyword, rule, schema, path)
            case .array(let values): return judge(values, keyword, rule, path)
            case .string(let text): return judge(text, keyword, rule, path)
            case .int(let number): return judge(number, keyword, rule, path)
            default: return JSONSchema.known.contains(keyword) ? [] : ["\(path): keyword \(keyword)"]
            }
        }
    }

    private func judge(
        _ members: [String: JSONTree], _ keyword: String, _ rule: JSONTree, _ schema: JSONTree, _ path: String
    ) -> [String] {
        switch keyword {
        case "required":
            return rule.elements.compactMap(\.string).filter { members[$0] == nil }.map { "\(path)/\($0): is missing" }
        case "properties":
            return rule.members.flatMap { name, inner in
                members[name].map { judge($0, inner, "\(path)/\(name)") } ?? []
            }
        case "patternProperties":
            return rule.members.flatMap { pattern, inner in
                members.filter { matches($0.key, pattern) }.flatMap { judge($0.value, inner, "\(path)/\($0.key)") }
            }
        case "additionalProperties":
            let named = Set((schema["properties"] ?? .null).members.keys)
            let patterns = (schema["patternProperties"] ?? .null).members.keys
            let rest = members.filter { member in
                !named.contains(member.key) && !patterns.contains { matches(member.key, $0) }
            }
            return rest.flatMap { judge($0.value, rule, "\(path)/\($0.key)") }
        case "dependentRequired":
            return rule.members.flatMap { name, needed in
                members[name] == nil ? [] : needed.elements.compactMap(\.string).filter { members[$0] == nil }
            }.map { "\(path)/\($0): is missing" }
        default: return unknown(keyword, path)
        }
    }

    private func judge(_ values: [JSONTree], _ keyword: String, _ rule: JSONTree, _ path: String) -> [String] {
        switch keyword {
        case "items":
            return values.enumerated().flatMap { judge($1, rule, "\(path)/\($0)") }
        case "contains":
            return values.contains { judge($0, rule, path).isEmpty } ? [] : ["\(path): lacks what it must contain"]
        case "minItems": return Int64(values.count) >= rule.int ?? 0 ? [] : ["\(path): has too few"]
        case "maxItems": return Int64(values.count) <= rule.int ?? 0 ? [] : ["\(path): has too many"]
        default: return unknown(keyword, path)
        }
    }

    private func judge(_ text: String, _ keyword: String, _ rule: JSONTree, _ path: String) -> [String] {
        switch keyword {
        case "pattern": matches(text, rule.string ?? "") ? [] : ["\(path): has another form"]
        case "minLength": text.unicodeScalars.count >= Int(rule.int ?? 0) ? [] : ["\(path): is too short"]
        case "maxLength": text.unicodeScalars.count <= Int(rule.int ?? 0) ? [] : ["\(path): is too long"]
        case "format": JSONSchema.isOf(text, format: rule.string ?? "") ? [] : ["\(path): is no \(rule.string ?? "")"]
        default: unknown(keyword, path)
        }
    }

    private func judge(_ number: Int64, _ keyword: String, _ rule: JSONTree, _ path: String) -> [String] {
        switch keyword {
        case "minimum": number >= rule.int ?? 0 ? [] : ["\(path): is too small"]
        case "maximum": number <= rule.int ?? 0 ? [] : ["\(path): is too large"]
        default: unknown(keyword, path)
        }
    }

    private static let known: Set<String> = [
        "required", "properties", "patternProperties", "additionalProperties", "dependentRequired", "items", "contains",
        "minItems", "maxItems", "pattern", "format", "minLength", "maxLength", "minimum", "maximum",
    ]

    private func unknown(_ keyword: String, _ path: String) -> [String] {
        JSONSchema.known.contains(keyword) ? [] : ["\(path): keyword \(keyword)"]
    }

    private func isOf(_ value: JSONTree, _ type: String) -> Bool {
        switch (value, type) {
        case (.null, "null"), (.bool, "boolean"), (.int, "integer"), (.int, "number"), (.double, "number"),
            (.string, "string"), (.array, "array"), (.object, "object"):
            true
        default: false
        }
    }

    /// The calendar and the clock beside the patterns, which count digits. A format that is not known is broken.
    private static func isOf(_ text: String, format: String) -> Bool {
        let parts = text.split { !$0.isNumber }.compactMap { Int($0) }
        func isDay() -> Bool {
            guard parts.count >= 3, (1...12).contains(parts[1]) else { return false }
            let isLeap = parts[0].isMultiple(of: 4) && (!parts[0].isMultiple(of: 100) || parts[0].isMultiple(of: 400))
            let days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][parts[1] - 1]
            return (1...days).contains(parts[2])
        }
        switch format {
        case "uuid": return UUID(uuidString: text) != nil
        case "date": return isDay()
        case "date-time":
            guard isDay(), parts.count >= 6, parts[3] < 24, parts[4] < 60, parts[5] <= 60 else { return false }
            let isUTC = text.last == "Z" || text.last == "z"
            return isUTC || parts[parts.count - 2] < 24 && parts[parts.count - 1] < 60
        default: return false
        }
    }

    /// `#/$defs/event`.
    private func definition(_ reference: JSONTree) -> JSONTree {
        let parts = (reference.string ?? "").split(separator: "/").dropFirst()
        return parts.reduce(root) { $0[String($1)] ?? .bool(false) }
    }

    private func matches(_ text: String, _ pattern: String) -> Bool {
        let expression = patterns[pattern] ?? (try? NSRegularExpression(pattern: pattern))
        patterns[pattern] = expression
        return expression?.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }
}
