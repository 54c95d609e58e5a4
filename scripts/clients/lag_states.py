"""Brings a topic or a group into a state that the hub's own producers never make: for the tests of `lag`.

open SERVERS TOPIC              begins a transaction, writes three records, says "open", aborts when its input ends
commit SERVERS GROUP INSTANCE TOPIC N
                                commits offset N of partition 0 in the place of a member that is away, as
                                kafka-consumer-groups --reset-offsets does for a whole group that is
delete SERVERS TOPIC N          deletes partition 0's records before N, as retention does
"""
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient


def open_transaction(servers, topic):
    producer = Producer({"bootstrap.servers": servers, "transactional.id": topic + "-lag-states"})
    producer.init_transactions(15)
    producer.begin_transaction()
    for number in range(3):
        producer.produce(topic, value=b"never committed %d" % number, partition=0)
    producer.flush(15)
    print("open", flush=True)
    sys.stdin.read()
    producer.abort_transaction(15)


def commit(servers, group, instance, topic, offset):
    consumer = Consumer({"bootstrap.servers": servers, "group.id": group, "group.instance.id": instance,
                         "enable.auto.commit": False, "partition.assignment.strategy": "range"})
    given = []
    consumer.subscribe([topic], on_assign=lambda _, partitions: given.extend(partitions))
    deadline = time.monotonic() + 20
    while not given and time.monotonic() < deadline:
        consumer.poll(0.1)
    consumer.commit(offsets=[TopicPartition(topic, 0, int(offset))], asynchronous=False)
    consumer.close()


def delete(servers, topic, offset):
    admin = AdminClient({"bootstrap.servers": servers})
    for answer in admin.delete_records([TopicPartition(topic, 0, int(offset))]).values():
        answer.result(15)


if __name__ == "__main__":
    {"open": open_transaction, "commit": commit, "delete": delete}[sys.argv[1]](*sys.argv[2:])
