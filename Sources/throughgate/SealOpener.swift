import EventContracts
import ExactlyOnceKafka
import Foundation

/// Opens the bodies of messages that were sealed to their recipient (contract.md §7).
struct SealOpener {
    private let keys: [OpeningKey]

    /// - Parameter keyFiles: of the key in use and of those before it; none: sealed bodies stay as they are.
    init(keyFiles: [String]) throws {
        keys = try keyFiles.flatMap(SealOpener.keys)
    }

    private static func keys(_ file: String) throws -> [OpeningKey] {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw CommandFailure(.badInput, "--decrypt: cannot read \(file); check the path and its permissions")
        }
        do throws(SealingError) {
            return try OpeningKey.keys(Array(data))
        } catch {
            throw CommandFailure(.badInput, "--decrypt: \(file) holds no private P-256 key as JWK, JWK Set or PEM")
        }
    }

    /// The record with its body in the clear; what is not sealed, or not to one of the keys, as it is. A body that
    /// does not belong to the record's id is left closed and said.
    func opened(_ record: KafkaRecord) -> KafkaRecord {
        guard !keys.isEmpty, record.header("content-type") == Array(SealedBody.mediaType.utf8),
            let value = record.value, let id = record.header("ce_id")
        else { return record }
        guard let binding = SealedBody.Binding(messageID: String(decoding: id, as: UTF8.self)) else { return record }
        do throws(SealingError) {
            let opened = try SealedBody.open(String(decoding: value, as: UTF8.self), with: keys, expected: binding)
            return KafkaRecord(
                source: record.source, offset: record.offset, timestampMilliseconds: record.timestampMilliseconds,
                timestampKind: record.timestampKind, key: record.key, value: opened.body, headers: record.headers)
        } catch {
            Console.note("\(record.source)@\(record.offset): not opened: \(error)")
            return record
        }
    }
}
