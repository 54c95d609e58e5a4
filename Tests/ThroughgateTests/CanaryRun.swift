import ExactlyOnceKafka
import Foundation
import Testing

/// The life of the marked person through the whole hub: registers, events good and bad, answers, visitors.
extension CanaryBed {
    func prepare() throws {
        let registers = [
            (
                "prisons",
                """
                prison_id,name,active,onboarded_from
                MDI,Moorland,true,2015-01-01
                LEI,Leeds,true,2015-01-01

                """
            ),
            (
                "providers",
                """
                provider_id,kind,name,valid_from,utla,contact,webhook_url
                prov-leeds,DRUG_SERVICE,Leeds,2015-01-01,,duty@example.org,http://127.0.0.1:9/hook
                prov-bradford,DRUG_SERVICE,Bradford,2015-01-01,,,
                ps-yh,PROBATION_REGION,Yorkshire,2015-01-01,,,
                com-leeds,COMMISSIONER,Leeds council,2015-01-01,E08000035,,

                """
            ),
            (
                "coverage",
                """
                provider_id,utla,pathway,age_band,rank,valid_from
                prov-leeds,E08000035,CORE,ADULT,1,2015-01-01
                ps-yh,E08000035,SUPERVISION,ADULT,1,2015-01-01

                """
            ),
            ("postcodes", "outcode,utla,nation\nLS9,E08000035,England\n"),
            (
                "movement-reasons",
                "code,direction,class,release_reason\nCR,out,COMMUNITY_RELEASE,CRD\nV,in,ADMISSION,\n"
            ),
            ("bank-holidays", "nation,date,name\nengland-wales,2026-08-31,Summer\n"),
            ("people", CanaryPerson.register),
        ]
        for (kind, file) in registers { try run(["import", kind, "-"], input: file) }
        // Files that are not taken: line, column and rule are printed, never what stood there.
        let head = "noms_number,name,date_of_birth\n"
        for row in [
            "\(CanaryPerson.noms),Marrowby Quillfeather,27/02/1931\n", "Quillfeather,x,1931-02-27\n",
            "\(CanaryPerson.noms),\"Quillfeather\n", "\(CanaryPerson.noms),Quillfeather,1931-02-27,Oakenshade\n",
        ] { try run(["import", "people", "-"], input: head + row, status: 65) }
        try run(["topics", "apply", "--partitions", "1"])
        try run(["webhooks", "secret", "create", "--recipient", "prov-leeds", "--json"], isKept: false)
    }

    /// Received, assessed, trained, with consents and a kit, planned, released, and the kit lost.
    static let life: [String] = {
        let who = #""recordedBy":"officer-canary","bookingId":73190027"#
        let noms = CanaryPerson.noms
        let consents = ["DRUG_SERVICE", "SUPERVISION"].map { scope in
            WholeHub.event(
                "consent.recorded", noms, "08:20",
                #""scope":"\#(scope)","state":"GIVEN","method":"WRITTEN","capacity":true,\#(who)"#)
        }
        return [
            WholeHub.event(
                "custody.received", noms, "08:00",
                #""prisonId":"MDI","reason":"ADMISSION","legalStatus":"SENTENCED","movementReasonCode":"V",\#(who)"#),
            WholeHub.event(
                "thn.eligibility.assessed", noms, "08:10",
                #""assessmentId":"assessment-canary","outcome":"ELIGIBLE","criteria":["E2"],"onOst":false,\#(who)"#),
        ] + consents + [
            WholeHub.event(
                "thn.kit.issued", noms, "08:30",
                #""kitId":"kit-canary","product":"NYXOID_NASAL_1_8MG","batchNo":"CNB7319","expiryDate":"2028-03-31","#
                    + #""quantity":1,"issuePoint":"PROPERTY","supplierRole":"DRUG_TREATMENT_WORKER","#
                    + #""supplierTrainingConfirmed":true,"authority":"REG237_ROUTE1",\#(who)"#),
            WholeHub.event(
                "release.planned", noms, "08:40",
                #""planId":"plan-canary","planVersion":1,"plannedDate":"2026-06-05","releaseReason":"CRD","#
                    + #""prisonId":"MDI","address":{"postcode":"LS9 9QX","status":"FAMILY"},\#(who)"#),
            WholeHub.event(
                "release.actual", noms, "09:15",
                #""releasedAt":"2026-06-05T09:15:00+01:00","prisonId":"MDI","releaseReason":"CRD","place":"PRISON","#
                    + #""movementReasonCode":"CR","planId":"plan-canary","kitDeclaration":"NOT_STATED",\#(who)"#),
            WholeHub.event(
                "thn.kit.lost", noms, "09:30",
                #""kitId":"kit-canary","lostPlace":"COMMUNITY","reportedBy":"PERSON",\#(who)"#),
        ]
    }()

    /// What HMPPS tells of the other number, bare and in a notification.
    static let told: [String] = {
        let bare =
            #"{"eventType":"prison-offender-events.prisoner.released","version":1,"#
            + #""description":"description-canary","occurredAt":"2026-06-05T09:20:00+01:00","#
            + #""additionalInformation":{"nomsNumber":"\#(CanaryPerson.otherNoms)","prisonId":"MDI","#
            + #""reason":"RELEASED","nomisMovementReasonCode":"CR"}}"#
        let quoted = bare.replacing("\"", with: "\\\"")
        return [bare, #"{"Type":"Notification","MessageId":"message-canary","Message":"\#(quoted)"}"#]
    }()

    /// One record for each way to be refused, the marks wherever a value can stand.
    func refusedRecords() -> [OutboundMessage] {
        let noms = CanaryPerson.noms
        let good = Self.life[6]
        let lines = [
            good.replacing("09:15:00+01:00", with: "09:15:00"),
            good.replacing(#""place":"PRISON""#, with: #""place":"Quillfeather""#),
            good.replacing(#""prisonId":"MDI""#, with: #""prisonId":"Quillfeather""#),
            good.replacing("release.actual.v1", with: "release.actual.v9"),
            good.replacing("release.actual.v1", with: "release.unknown.v1"),
            good.replacing(noms, with: noms + " Quillfeather"), good.replacing("/prisons/MDI/", with: "/prisons/LEI/"),
            good.replacing(#""kitDeclaration":"NOT_STATED""#, with: #""kitDeclaration":"WITH_KIT""#),
            good.replacing("2026-06-05", with: "2099-06-05"), String(good.dropLast(40)) + "Quillfeather",
            #"{"description":"description-canary","name":"Quillfeather"}"#, "Quillfeather 1931-02-27",
        ]
        return lines.map { line in
            OutboundMessage(
                topic: topics.releaseNotifications, partition: 0, key: Array(noms.utf8), value: Array(line.utf8),
                headers: [
                    KafkaHeader("content-type", "application/cloudevents+json"), KafkaHeader("ce_subject", noms),
                    KafkaHeader("x-person", "Quillfeather 1931-02-27"),
                ])
        }
    }

    func live() throws {
        try start()
        let good = Self.life + Self.told
        try run(["publish", "-"], input: good.joined(separator: "\n") + "\n")
        try run(
            ["publish", "--check", "-"],
            input: refusedRecords().map { String(decoding: $0.value ?? [], as: UTF8.self) + "\n" }.joined(), status: 65)
        try wait("events") { try count("select count(*) from event") >= good.count - 1 }
        let refused = refusedRecords()
        _ = producer.send(refused)
        try wait("refusals") { try count("select count(*) from rejected") >= refused.count }
        try wait("handovers") { try count("select count(*) from message where held = false") >= 1 }
    }
}
