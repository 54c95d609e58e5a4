import EventContracts
import ExactlyOnceKafka
import Foundation
import Gateway
import HandoverPipeline
import HandoverRules
import Operations
import Testing

@Suite(
    "local broker: a webhook that is given up is a task at every door", .serialized,
    .enabled(if: Python.path != nil, "no Python with scripts/requirements-clients.txt"))
struct WebhookTaskTests {
    private let clock = MovedClock()

    /// A handover to prov-leeds whose webhook is given up, and what goes on from there.
    private func open(_ body: (DoorBed, Receiver, _ handover: UUID) async throws -> Void) async throws {
        let couriers = CourierSettings(allowsPrivateAddresses: true, now: clock.now)
        try await DoorBed.open(couriers: couriers) { bed in
            try bed.lease(partition: 0, publishedThrough: 1000)
            let receiver = try Receiver(secret: try bed.webhookSecret(), answering: "500")
            try await receiver.start()
            try bed.pointWebhook(at: receiver.url)
            let handover = try bed.seed(recipient: "prov-leeds", streams: ["a"], partition: 0, offset: 1)[0]
            try await giveUp(bed)
            try await body(bed, receiver, handover)
        }
    }

    private func giveUp(_ bed: DoorBed) async throws {
        try await bed.wait("a failure") { $0.failures >= 1 && $0.waiting == 1 }
        clock.move(.hours(73))
        try await bed.wait("the dead letter") { $0.dead == 1 }
    }

    private func only(_ bed: DoorBed, isAll: Bool = false) throws -> TaskBoard.Task {
        let tasks = try TaskBoard.list(on: bed.connection, isAll: isAll)
        #expect(tasks.count == 1)
        return try #require(tasks.first)
    }

    @Test func itIsReadByItsRecipientAndByOperatorsAndByNobodyElse() async throws {
        try await open { bed, _, handover in
            let task = try only(bed), id = task.id.uuidString.lowercased()
            #expect(task.code == "PHONE_NOW" && task.provider == "prov-leeds" && task.handover == handover)
            #expect(task.version == 1 && task.dueAt != nil && task.spell != nil)
            #expect(try TaskBoard.open(TaskFilter(code: "PHONE_NOW"), on: bed.connection, limit: 5) == [task])
            #expect(try TaskBoard.open(TaskFilter(prison: "MDI"), on: bed.connection, limit: 5).isEmpty)
            #expect(try TaskBoard.counts(on: bed.connection).map(\.code) == ["PHONE_NOW"])
            #expect(try TaskBoard.task(task.id, on: bed.connection)?.subject == nil)
            let own = try await bed.ask("GET", "/v1/tasks", token: try bed.token(.recipient("prov-leeds"))).text
            #expect(own.contains(id) && own.contains(handover.uuidString.lowercased()))
            for scope in [TokenScope.recipient("ps-yh"), .prisons(["MDI"]), .commissioner("com-a")] {
                let reply = try await bed.ask("GET", "/v1/tasks", token: try bed.token(scope))
                #expect(reply.status == 200 && !reply.text.contains(id), "\(scope)")
            }
            let browser = PageBrowser(bed)
            try await browser.signIn(.recipient("prov-leeds"))
            let page = try await browser.get("/inbox/tasks").text
            #expect(page.contains(id) && page.lowercased().contains("phone the recipient"))
            let desk = PageBrowser(bed)
            try await desk.signIn(.ops(.operator))
            #expect(try await desk.get("/tasks?code=PHONE_NOW").text.contains(id))
        }
    }

    @Test func anAnswerClosesItAndConcernsNobodyAndGivingUpAnewAsksAgain() async throws {
        try await open { bed, receiver, _ in
            // The lease by which the handover is shown is of no real cluster.
            try bed.connection.execute("delete from partition_lease")
            bed.startHub()
            let task = try only(bed), path = "/v1/tasks/\(task.id)/resolution"
            let body = #"{"outcome":"DONE","by":"DUTY/7f2"}"#
            let token = try bed.token(.recipient("prov-leeds"))
            #expect(
                try await bed.ask("POST", path, token: try bed.token(.recipient("ps-yh")), body: body).status == 404)
            #expect(try await bed.ask("POST", path, token: token, body: body).status == 202)
            try await Receiver.wait("the answer to close it") { try only(bed, isAll: true).isOpen == false }
            let closed = try only(bed, isAll: true)
            #expect(closed.outcome == "DONE" && closed.version == 2)
            #expect(try bed.connection.query("select from person_state").isEmpty)
            #expect(try bed.connection.query("select from rejected").isEmpty)
            #expect(try await bed.ask("POST", path, token: token, body: body).status == 409)
            // Given up once more: somebody phones once more.
            #expect(
                try WebhookBook.retry("prov-leeds", positions: nil, now: clock.now(), on: bed.connection) == 1)
            try await giveUp(bed)
            #expect(try only(bed).version == 3)
            try receiver.answer("200")
            #expect(
                try WebhookBook.retry("prov-leeds", positions: nil, now: clock.now(), on: bed.connection) == 1)
            try await bed.wait("it to be delivered") { $0.dead == 0 && $0.waiting == 0 }
            let ended = try only(bed, isAll: true)
            #expect(!ended.isOpen && ended.outcome == "CAUSE_ENDED" && ended.version == 4)
            try checkSent(bed, task.id)
        }
    }

    @Test func aWorkerClosesItFromTheInboxAndAnOperatorFromTheirPage() async throws {
        for (scope, list, path) in [
            (TokenScope.recipient("prov-leeds"), "/inbox/tasks", "/inbox/tasks/"), (.ops(.operator), nil, "/tasks/"),
        ] {
            try await open { bed, _, _ in
                try bed.connection.execute("delete from partition_lease")
                bed.startHub()
                let task = try only(bed), own = path + task.id.uuidString.lowercased()
                let browser = PageBrowser(bed)
                try await browser.signIn(scope)
                let fields = list == nil ? [("outcome", "DONE"), ("by", "DUTY/7f2")] : [("outcome", "DONE")]
                let reply = try await browser.fill(list ?? own, own + "/resolution", fields)
                #expect(reply.status == 303, "\(path): \(reply.text)")
                try await Receiver.wait("the answer to close it") { try only(bed, isAll: true).isOpen == false }
                #expect(try only(bed, isAll: true).outcome == "DONE")
                #expect(try bed.connection.query("select from rejected").isEmpty)
            }
        }
    }

    /// What lies in the outbox or on the topic already is what the ledger keeps, each version under its own id.
    private func checkSent(_ bed: DoorBed, _ task: UUID) throws {
        var sent = try bed.records(on: bed.topics.hubTasks).map { $0.value ?? [] }
        sent += try bed.connection.query("select value from outbox where topic = \(bed.topics.hubTasks)").map {
            try $0[0]
        }
        let kept: [[UInt8]] = try bed.connection.query(
            "select body from webhook_task where task_id = \(task) order by version"
        ).map { try $0[0] }
        #expect(Set(sent) == Set(kept) && kept.count == 4)
    }
}
