/// Every number of the doors, with its reason. What is beyond a limit is answered, never queued without bound.
public enum GatewayLimits {
    /// Body of one event: what a value may be on a topic (contract.md §5), and room for attributes.
    public static let eventBytesMax = 1 << 20 + 16 << 10
    /// Body of a batch of events: held in memory while it is judged.
    public static let batchBytesMax = 8 << 20
    /// Events of one batch: each has its result in the answer.
    public static let batchEventsMax = 500
    /// Body of an acknowledgement, an engagement or a resolution: some fields.
    public static let replyBytesMax = 16 << 10
    /// Bodies that are held at one time, all together: 32 batches, or some hundred events. More are answered 503.
    public static let bodyBytesHeldMax = 256 << 20

    /// Connections at one time; further ones wait to be accepted. Below the 1,024 open files that a process commonly
    /// may have, beside those of Kafka and PostgreSQL, and above ``streamsMax``.
    public static let connectionsMax = 800
    /// A request whose head came and whose body is not complete after this long is given up: 8 MB over a line of
    /// 1.2 megabits a second.
    public static let requestArrivalSeconds = 60
    /// A connection on which no whole head of a request comes for this long is closed; clients open another one.
    public static let idleSeconds = 60

    /// Requests a second that one token may send for long: ten times what the busiest prison system needs.
    public static let requestsPerSecond = 200.0
    /// Requests that one token may send at once before ``requestsPerSecond`` counts.
    public static let requestsBurst = 400.0
    /// Tokens whose rates are remembered; the ones that were quiet longest are forgotten first.
    public static let ratedTokensMax = 4_096

    /// Threads that wait for PostgreSQL; each has a connection. They wait for its disk more than for its work, so they
    /// are more than a small machine has cores.
    public static let ledgerThreads = 8
    /// Requests that wait for such a thread; more are answered 503.
    public static let ledgerWaitingMax = 256
    /// Requests whose events the broker has not kept yet; more are answered 503.
    public static let keepingMax = 64
    /// How long a request waits for the broker to keep its events; then 503, and the same ids may be sent again.
    public static let keepSeconds = 10

    /// Notes of who read what that one statement writes: as many as streams may be read at one time.
    public static let readNotesMax = 500

    /// Handovers of one page when `limit` is absent, and at most.
    public static let pageDefault = 50
    public static let pageMax = 500
    /// Tasks in one answer.
    public static let tasksMax = 500
    /// Handovers that a stream holds in memory at one time.
    public static let streamPageMax = 20
    /// Streams at one time, of one token and of all: each holds a connection and a page.
    public static let streamsPerToken = 5
    public static let streamsMax = 500
    /// A comment goes to a quiet stream this often, so that proxies keep it and the dead are found.
    public static let keepAliveSeconds = 15
    /// A stream that takes nothing for this long is ended; its client comes back with Last-Event-ID.
    public static let stalledSeconds = 60
    /// A stream ends after an hour: the client comes back, and connections spread over restarted hubs.
    public static let streamSeconds = 3_600

    /// How often the doors look for what was published since.
    public static let feedTickMilliseconds = 250
    /// Messages that become visible in one step: it is one transaction.
    public static let feedStepMax = 4_000
    /// A quiet stream asks the ledger itself this often, whatever the hub remembers.
    public static let feedGlanceSeconds = 5

    /// Fields of one form: some inputs and a box for each key message.
    public static let formFieldsMax = 100
    /// A session ends after an hour without a page: an unattended desk.
    public static let sessionIdleSeconds = 3_600
    /// A session ends after a long working day, however busy: somebody signs in again each morning.
    public static let sessionSeconds = 43_200
    /// Sessions of one token, the newest: a team that shares one, each member with a computer and a telephone.
    public static let sessionsPerToken = 50
    /// Attempts to sign in a second from one address for long, and at once: a whole office behind one address at nine
    /// o'clock, but no use for guessing (a token has 256 random bits).
    public static let signInsPerSecond = 0.5
    public static let signInsBurst = 30.0

    /// Rows of a table on one page: what somebody reads through.
    public static let rowsOfPageMax = 50
    /// Partitions in trouble shown one by one above the table.
    public static let alarmsShownMax = 12
    /// How often a page is loaded anew for who asked for that.
    public static let refreshSeconds = 15

    /// Rows of one page of an operator's list.
    public static let operatorPageMax = 50
    /// People of one worklist: 14 days of the largest prison.
    public static let worklistMax = 1_000
    /// Rejected records that one form sends again, and how many a second: the answer comes within some seconds, and
    /// the hub's own work goes on beside it.
    public static let redriveRecordsMax = 100
    public static let redrivesPerSecond = 50.0
    /// The head of the audit is logged at most this often, and only when it moved.
    public static let auditHeadSeconds = 600
    /// Handovers of one page of the inbox: what somebody reads at one sitting, on a telephone too.
    public static let inboxPage = 20
    /// Pages that can be turned to; who has more than 2,000 live handovers filters.
    public static let inboxPagesMax = 100
    /// The newest handovers of the feed that the inbox shows although the record does not have them yet.
    public static let inboxNewest: Int64 = 500
    /// Stopped handovers stay in sight for so many days, so that who was away learns of them.
    public static let inboxStoppedDays: Int64 = 14
}
