"""Reads a topic to its end as a read_committed consumer does, by confluent-kafka.

usage: kafka_read.py SERVERS TOPIC      prints the id of each message; ends with 1 where one comes twice
"""
import sys

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

servers, topic = sys.argv[1:3]
consumer = Consumer({
    "bootstrap.servers": servers, "group.id": "reader-of-tests", "isolation.level": "read_committed",
    "enable.auto.commit": False, "enable.partition.eof": True, "receive.message.max.bytes": 1_000_000_000})
partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in partitions])
ended, seen, versions = set(), set(), {}
while len(ended) < len(partitions):
    message = consumer.poll(20)
    if message is None:
        sys.exit("the end was not reached in 20 s")
    if message.error():
        if message.error().code() != KafkaError._PARTITION_EOF:
            sys.exit(str(message.error()))
        ended.add(message.partition())
        continue
    headers = {name: value.decode() for name, value in message.headers()}
    event = headers["ce_id"]
    stream, version = event.rsplit("/", 1)
    if event in seen:
        sys.exit(f"{event} came twice")
    if int(version) != versions.get(stream, 0) + 1:
        sys.exit(f"{event} does not follow version {versions.get(stream, 0)}")
    if message.key().decode() != stream or headers["ce_subject"] != stream:
        sys.exit(f"{event}: key and subject are others")
    seen.add(event)
    versions[stream] = int(version)
    print(event)
consumer.close()
