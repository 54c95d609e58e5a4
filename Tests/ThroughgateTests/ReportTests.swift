import Foundation
import HandoverRules
import Operations
import Testing

@Suite("operations: the reports")
struct ReportTests {
    private func day(_ text: String) -> LocalDate { LocalDate(text) ?? LocalDate(daysSince1970: 0) }
    private var scope: ReportScope { ReportScope(from: day("2026-06-01"), to: day("2026-06-30")) }

    @Test("an offer is made at once, then seven days apart, three times, and always once in the last 72 hours")
    func offers() {
        func next(_ offers: Int, _ last: String?, _ release: String, after: String? = nil) -> String? {
            OfferRule.next(
                offers: offers, lastOffered: last.map(day), reofferAfter: after.map(day), release: day(release),
                today: day("2026-06-01"))?.description
        }
        #expect(next(0, nil, "2026-06-14") == "2026-06-01")
        #expect(next(1, "2026-05-28", "2026-06-14") == "2026-06-04")
        #expect(next(1, "2026-05-28", "2026-06-14", after: "2026-06-08") == "2026-06-08")
        #expect(next(3, "2026-05-20", "2026-06-14") == "2026-06-11")
        #expect(next(1, "2026-05-31", "2026-06-02") == nil)
        #expect(next(3, "2026-05-20", "2026-06-02") == "2026-06-01")
    }

    @Test("a hidden wing cannot be worked out from the others and the whole; exact numbers are shown only when asked")
    func secondary() throws {
        let refusals =
            (0..<12).map { _ in CountedRefusal(reasons: ["NEEDLE_FEAR"], regime: "GENERAL", laterAccepted: false) }
            + (0..<7).map { _ in CountedRefusal(reasons: ["NEEDLE_FEAR"], regime: "OST_WING", laterAccepted: false) }
            + (0..<3).map { _ in CountedRefusal(reasons: ["NEEDLE_FEAR"], regime: "OPEN", laterAccepted: false) }
        let shared = Report.refusals(refusals, scope, .shared).tables[0].rows
        #expect(shared.map { $0[2] } == ["ALL", "GENERAL", "OPEN", "OST_WING"].map { .text($0) })
        #expect(shared.map { $0[3] } == [.count(22), .count(12), .hidden("<5"), .hidden("*")])
        #expect(shared[2][5] == .hidden("*") && shared[3][5] == .hidden("*"))
        let exact = Report.refusals(refusals, scope, .exact).tables[0].rows
        #expect(exact.map { $0[3] } == [.count(22), .count(12), .count(3), .count(7)])
    }

    @Test("JSON keeps its shape with and without rows; a share of nothing is null; CSV quotes")
    func shapes() throws {
        let report = Report.governor(GovernorFacts(), scope, .shared)
        let json = try #require(
            JSONSerialization.jsonObject(with: Data(report.json)) as? [String: Any])
        #expect(Set(json.keys) == ["report", "from", "to", "prison", "area", "body", "tables", "notes"])
        let tables = try #require(json["tables"] as? [String: [[String: Any]]])
        let funnel = try #require(tables["funnel"]?.first)
        #expect(Set(funnel.keys) == ["measure", "name", "group", "count", "of", "percent"])
        #expect(funnel["percent"] is NSNull && funnel["count"] as? Int == 0)
        let table = ReportTable("t", "T", ["say"], [[.text("a, \"b\"")]])
        #expect(Report(name: "x", scope: scope, tables: [table]).csv == ["table,say", "t,\"a, \"\"b\"\"\""])
    }

    @Test("a digest holds no message that rests on a refusal, and none for another audience")
    func digest() {
        let report = Report.digest([], scope, audience: .supervision, catalogue: .builtIn)
        let ids = report.tables[0].rows.map { $0[0] }
        #expect(ids.contains(.text("KM-19")) && !ids.contains(.text("KM-09")) && !ids.contains(.text("KM-20")))
    }
}
