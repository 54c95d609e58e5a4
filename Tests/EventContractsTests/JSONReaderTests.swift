import EventContracts
import Foundation
import Testing

@Suite("rules: JSON is read strictly")
struct JSONReaderTests {
    private func problem(_ text: String) -> JSONProblem? {
        do {
            _ = try JSONReader.read(Array(text.utf8))
            return nil
        } catch {
            return error
        }
    }

    private func same(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch ours.content {
        case .null: return theirs is NSNull
        case .bool(let flag): return (theirs as? Bool) == flag
        case .int(let number): return (theirs as? NSNumber)?.int64Value == number
        // Foundation rounds the last place of some numbers away from the nearest Double.
        case .double(let number):
            guard let other = theirs as? NSNumber else { return false }
            return abs(other.doubleValue - number) <= abs(number) * 1e-15
        case .string(let text): return (theirs as? String) == text
        case .array(let items):
            guard let others = theirs as? [Any], others.count == items.count else { return false }
            return zip(items, others).allSatisfy { same($0, $1) }
        case .object(let members):
            guard let others = theirs as? [String: Any], others.count == members.count else { return false }
            return members.allSatisfy { member in others[member.name].map { same(member.value, $0) } ?? false }
        }
    }

    @Test(
        "what RFC 8259 forbids is refused with its place",
        arguments: [
            ("", 0), ("{", 1), ("[1,]", 3), ("{\"a\":1,}", 7), ("{\"a\" 1}", 5), ("01", 1), ("1.", 2), ("-", 1),
            ("1e", 2), ("+1", 0), (".5", 0), ("nul", 0), ("\"a", 2), ("\"\\x\"", 1), ("\"\\u12g4\"", 1),
            ("\"\\ud800\"", 7), ("\"\\udc00\"", 7), ("\"\\ud800\\u0041\"", 13), ("\"\u{1}\"", 1), ("[1]x", 3),
            ("{\"a\":1,\"a\":2}", 7), ("{\"a\":1,\"\\u0061\":2}", 7), ("\u{FEFF}1", 0), ("1e999", 0), ("'a'", 0),
            ("{a:1}", 1), ("[1 2]", 3), ("NaN", 0),
        ])
    func refused(text: String, offset: Int) {
        #expect(problem(text)?.offset == offset, "\(text)")
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [
            [0xC0, 0xAF], [0x80], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xC3], [0xFF],
            [0xE2, 0x82, 0x41], [0xF0, 0x9F, 0x91, 0xC2],
            [0xF0, 0x80, 0x80, 0x80], [0xE2, 0x82], [0xF5, 0x80, 0x80, 0x80],
        ] as [[UInt8]])
    func notUTF8(bytes: [UInt8]) {
        #expect(throws: JSONProblem.self) { try JSONReader.read([34] + bytes + [34]) }
    }

    @Test("nesting and members are bounded")
    func bounded() {
        func nested(_ n: Int) -> String { String(repeating: "[", count: n) + String(repeating: "]", count: n) }
        #expect(problem(nested(JSONLimits.depthMax)) == nil)
        #expect(problem(nested(JSONLimits.depthMax + 1)) != nil)
        #expect(problem(nested(100_000)) != nil)
        func wide(_ n: Int) -> String { "{" + (0..<n).map { "\"m\($0)\":0" }.joined(separator: ",") + "}" }
        #expect(problem(wide(JSONLimits.membersMax)) == nil)
        #expect(problem(wide(JSONLimits.membersMax + 1)) != nil)
    }

    @Test("a problem names a place and a rule, never the text")
    func silent() {
        #expect(problem("{\"name\":\"Canary Person\",}")?.words == "byte 24: expected a member name")
        #expect(problem("[Canary]")?.words == "byte 1: expected a value")
    }

    @Test("random texts read as Foundation reads them", arguments: [UInt64(20_260_605)])
    func differential(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var accepted = 0
        for _ in 0..<20_000 {
            var bytes = generator.json()
            if generator.oneIn(2) { generator.mutate(&bytes) }
            let theirs = try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            guard let ours = try? JSONReader.read(bytes) else {
                // Stricter than Foundation on purpose: repeated names, a byte order mark, other encodings, depth.
                continue
            }
            accepted += 1
            let other = try #require(theirs, "seed \(seed): only we took \(String(decoding: bytes, as: UTF8.self))")
            #expect(same(ours.root, other), "seed \(seed): \(String(decoding: bytes, as: UTF8.self))")
        }
        #expect(accepted > 10_000, "seed \(seed)")
    }

    @Test("what Foundation writes is always read", arguments: [UInt64(7)])
    func completeness(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let bytes = generator.json()
            let object = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            let written = try JSONSerialization.data(withJSONObject: object, options: .fragmentsAllowed)
            let ours = try JSONReader.read(Array(written))
            #expect(same(ours.root, object), "seed \(seed)")
        }
    }

    @Test("what we write is read back, whatever the text")
    func writer() throws {
        let hard = "q\" b\\ s/ n\n t\t nul\u{0} é 👩‍⚕️ \u{7F} \u{2028}"
        var writer = JSONWriter()
        writer.beginObject()
        writer.name(hard)
        writer.beginArray()
        writer.string(hard)
        writer.int(.min)
        writer.bool(true)
        writer.null()
        writer.beginObject()
        writer.endObject()
        writer.endArray()
        writer.name("b")
        writer.bool(false)
        writer.endObject()
        let theirs = try JSONSerialization.jsonObject(with: Data(writer.bytes)) as? [String: Any]
        let list = try #require(theirs?[hard] as? [Any])
        #expect(list[0] as? String == hard)
        #expect((list[1] as? NSNumber)?.int64Value == .min)
        #expect(same(try JSONReader.read(writer.bytes).root, try #require(theirs)))
    }
}

extension SeededGenerator {
    /// A random correct JSON text with unique names.
    mutating func json(depth: Int = 0) -> [UInt8] {
        let blank = ["", " ", "\n\t", "\r "].randomElement(using: &self)!
        return Array(blank.utf8) + value(depth) + Array(blank.utf8)
    }

    private mutating func value(_ depth: Int) -> [UInt8] {
        switch Int.random(in: depth > 4 ? 2...7 : 0...7, using: &self) {
        case 0:
            let items = (0..<Int.random(in: 0...4, using: &self)).map { _ in json(depth: depth + 1) }
            return [91] + Array(items.joined(separator: [44])) + [93]
        case 1:
            let members = (0..<Int.random(in: 0...4, using: &self)).map { index in
                string("k\(index)") + [58] + json(depth: depth + 1)
            }
            return [123] + Array(members.joined(separator: [44])) + [125]
        case 2: return Array(String(Int64.random(in: -1_000_000...1_000_000, using: &self)).utf8)
        case 3: return Array(String(Double.random(in: -1e6...1e6, using: &self)).utf8)
        case 4: return Array(["true", "false", "null"].randomElement(using: &self)!.utf8)
        case 5: return Array(String(Int64.random(in: .min ... .max, using: &self)).utf8)
        default: return string("")
        }
    }

    private mutating func string(_ prefix: String) -> [UInt8] {
        let parts = [
            "a", "Z", " ", "é", "€", "👍", "\\n", "\\\"", "\\\\", "\\/", "\\u00e9", "\\ud83d\\ude00", "\\u0000",
        ]
        let body = (0..<Int.random(in: 0...8, using: &self)).map { _ in parts.randomElement(using: &self)! }
        return [34] + Array((prefix + body.joined()).utf8) + [34]
    }

    /// Flips, drops, repeats or puts in some bytes.
    mutating func mutate(_ bytes: inout [UInt8]) {
        for _ in 0..<Int.random(in: 1...4, using: &self) where !bytes.isEmpty {
            let at = Int.random(in: 0..<bytes.count, using: &self)
            switch Int.random(in: 0...4, using: &self) {
            case 0: bytes[at] = UInt8.random(in: 0...255, using: &self)
            case 1: bytes.remove(at: at)
            case 2: bytes.insert(Array("{}[],:\"\\0-eu".utf8).randomElement(using: &self)!, at: at)
            case 3: bytes.removeSubrange(at...)
            default: bytes.insert(contentsOf: bytes[at..<min(at + 8, bytes.count)], at: at)
            }
        }
    }
}
