import EventContracts
public import HandoverPipeline

/// Whether every part is ready, for /readyz.
public enum Readiness {
    /// `{"ready": …, "parts": [{"part", "state", "reason"}]}`, each part listed.
    /// - Parameter others: parts that are shown and do not decide whether the hub is ready.
    public static func json(
        _ snapshot: HubStatus.Snapshot, beside others: [(part: String, state: String, reason: String?)] = []
    ) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        write(snapshot, beside: others, to: &writer)
        writer.endObject()
        return writer.bytes
    }

    /// The members of it.
    static func write(
        _ snapshot: HubStatus.Snapshot, beside others: [(part: String, state: String, reason: String?)] = [],
        to writer: inout JSONWriter
    ) {
        writer.name("ready")
        writer.bool(snapshot.isReady)
        writer.name("parts")
        writer.beginArray()
        for part in HubStatus.Part.allCases {
            writer.beginObject()
            writer.name("part")
            writer.string(part.rawValue)
            writer.name("state")
            switch snapshot.parts[part] {
            case .ready:
                writer.string("ready")
                writer.name("reason")
                writer.null()
            case .waiting(let reason):
                writer.string("waiting")
                writer.name("reason")
                writer.string(reason)
            case nil:
                writer.string("unknown")
                writer.name("reason")
                writer.null()
            }
            writer.endObject()
        }
        for other in others {
            writer.beginObject()
            writer.name("part")
            writer.string(other.part)
            writer.name("state")
            writer.string(other.state)
            writer.name("reason")
            if let reason = other.reason { writer.string(reason) } else { writer.null() }
            writer.endObject()
        }
        writer.endArray()
    }
}
