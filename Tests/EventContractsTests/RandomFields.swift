import Foundation
import HandoverRules

/// Fills payloads with random valid values, field by field: a type added to HandoverRules is covered without a word
/// here, as long as its fields have known types.
struct RandomFields: FieldVisitor {
    var generator: SeededGenerator

    mutating func required<V: FieldValue>(_ name: StaticString, _ value: inout V) throws(FieldProblem) {
        value = one()
    }

    mutating func optional<V: FieldValue>(_ name: StaticString, _ value: inout V?) throws(FieldProblem) {
        value = generator.oneIn(3) ? nil : one() as V
    }

    mutating func set<V: FieldValue & Comparable>(_ name: StaticString, _ values: inout [V]) throws(FieldProblem) {
        let some = (0..<Int.random(in: 0...4, using: &generator)).map { _ in one() as V }
        values = some.sorted().reduce(into: []) { if $0.last != $1 { $0.append($1) } }
    }

    mutating func group<G: FieldGroup>(_ name: StaticString, _ value: inout G?) throws(FieldProblem) {
        value = nil
        if generator.oneIn(3) { return }
        var group = G()
        try group.visit(&self)
        value = group
    }

    private mutating func one<V: FieldValue>() -> V {
        if let codes = V.self as? any Code.Type { return codes.random(using: &generator) as! V }
        if let bounded = V.self as? any BoundedInt.Type { return bounded.random(using: &generator) as! V }
        switch V.self {
        case is BookingID.Type: return BookingID(unchecked: .random(in: 1...Int64.max, using: &generator)) as! V
        case is Bool.Type: return Bool.random(using: &generator) as! V
        case is Instant.Type: return instant() as! V
        case is LocalDate.Type: return LocalDate(daysSince1970: .random(in: 0...30_000, using: &generator)) as! V
        default: return try! V(primitive: .text(text(of: V.self)))
        }
    }

    private mutating func text(of type: Any.Type) -> String {
        switch type {
        case is NomsNumber.Type: return "Z" + generator.text(digits, 4...4) + generator.text(capitals, 2...2)
        case is PrisonID.Type: return generator.text(capitals, 3...3)
        case is AuthorityID.Type: return "E" + generator.text(digits, 8...8)
        case is Postcode.Type: return "LS\(Int.random(in: 1...29, using: &generator)) 7FL"
        case is Label.Type: return generator.text(capitals + digits + ":_-abc", 1...64)
        case is MovementReasonCode.Type: return generator.text(capitals + digits, 1...8)
        case is BatchNumber.Type: return generator.text(capitals + digits + "-", 3...20)
        case is TimeOfDay.Type: return "09:\(Int.random(in: 10...59, using: &generator))"
        case is UUID.Type: return UUIDString.of(generator.uuid())
        case is FreeText.Type: return "Words " + generator.text(capitals + digits + "é ", 1...130)
        case is StaffReference.Type: return "NURSE/" + generator.text(digits, 1...9)
        default: fatalError("no random value for \(type)")
        }
    }

    mutating func instant() -> Instant {
        let seconds = Int64.random(in: 1_400_000_000...1_900_000_000, using: &generator)
        let fraction = generator.oneIn(3) ? Int64.random(in: 0..<1_000_000, using: &generator) : 0
        return Instant(microseconds: seconds * 1_000_000 + fraction)
    }
}

extension Code {
    static func random(using generator: inout SeededGenerator) -> Self { allCases.randomElement(using: &generator)! }
}

extension BoundedInt {
    static func random(using generator: inout SeededGenerator) -> Self {
        Self(unchecked: .random(in: bounds, using: &generator))
    }
}
