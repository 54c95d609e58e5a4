import Foundation
import Testing

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// What came back.
struct Reply {
    let status: Int
    let headers: [String: String]
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }
    var object: [String: Any] { (try? JSONSerialization.jsonObject(with: body) as? [String: Any]) ?? [:] }
    var code: String? { object["code"] as? String }
    /// CloudEvents of a page of the feed.
    var handovers: [[String: Any]] { object["handovers"] as? [[String: Any]] ?? [] }
}

extension DoorBed {
    /// One request; `token` nil sends none.
    func ask(
        _ method: String, _ path: String, token: String?, type: String? = nil, headers: [String: String] = [:],
        body: String? = nil
    ) async throws -> Reply {
        var request = URLRequest(url: try #require(URL(string: base + path)))
        request.httpMethod = method
        request.timeoutInterval = 30
        if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
        if let type { request.setValue(type, forHTTPHeaderField: "Content-Type") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        request.httpBody = body.map { Data($0.utf8) }
        let (data, response) = try await URLSession.shared.data(for: request)
        let answer = try #require(response as? HTTPURLResponse)
        let fields = answer.allHeaderFields.reduce(into: [String: String]()) {
            $0["\($1.key)".lowercased()] = "\($1.value)"
        }
        return Reply(status: answer.statusCode, headers: fields, body: data)
    }

    /// Asks again until the answer is as wished, or 20 s have passed.
    func await(
        _ path: String, token: String, until isDone: (Reply) -> Bool
    ) async throws -> Reply {
        let deadline = Date(timeIntervalSinceNow: 20)
        while true {
            let reply = try await ask("GET", path, token: token)
            if isDone(reply) || Date() > deadline { return reply }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

/// Events as prison systems write them.
enum Sample {
    static func event(
        _ type: String, _ data: String, id: UUID = UUID(), noms: String = "Z1234BC", prison: String = "MDI",
        minutesAgo: Double = 1
    ) -> String {
        let time = Date(timeIntervalSinceNow: -60 * minutesAgo).ISO8601Format()
        return """
            {"specversion":"1.0","id":"\(id.uuidString.lowercased())","type":"throughgate.\(type).v1",\
            "source":"/prisons/\(prison)/nomis-feed","subject":"\(noms)","time":"\(time)","recordedtime":"\(time)",\
            "data":\(data)}
            """
    }

    /// In custody, eligible, both consents given, released without a kit to Leeds.
    static func release(_ noms: String) -> [String] {
        let released = Date(timeIntervalSinceNow: -60).ISO8601Format()
        func consent(_ scope: String) -> String {
            #"{"scope":"\#(scope)","state":"GIVEN","method":"WRITTEN","capacity":true}"#
        }
        return [
            event(
                "custody.received", #"{"prisonId":"MDI","reason":"ADMISSION"}"#, noms: noms, minutesAgo: 60 * 24 * 90),
            event(
                "thn.eligibility.assessed",
                #"{"assessmentId":"a-1","outcome":"ELIGIBLE","criteria":["E1"],"onOst":false,"wingRegime":"GENERAL"}"#,
                noms: noms, minutesAgo: 60 * 24 * 80),
            event("consent.recorded", consent("DRUG_SERVICE"), noms: noms, minutesAgo: 600),
            event("consent.recorded", consent("SUPERVISION"), noms: noms, minutesAgo: 600),
            event(
                "release.actual",
                """
                {"releasedAt":"\(released)","prisonId":"MDI","releaseReason":"CRD","place":"PRISON",\
                "movementReasonCode":"CR","kitDeclaration":"WITHOUT_KIT",\
                "address":{"postcode":"LS9 7FL","status":"OWN"}}
                """, noms: noms, minutesAgo: 1),
        ]
    }
}
