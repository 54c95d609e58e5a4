#pragma once
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

// Only inline wrappers of variadic C live here: Swift cannot call variadic functions.
// On success the headers belong to librdkafka; on an error they still belong to the caller.
static inline rd_kafka_resp_err_t tg_produce(
    rd_kafka_t *rk, rd_kafka_topic_t *topic, int32_t partition,
    int has_value, const void *value, size_t value_size,
    int has_key, const void *key, size_t key_size,
    int64_t timestamp, rd_kafka_headers_t *headers, void *opaque) {
    const void *v = has_value ? (value ? value : "") : NULL;
    const void *k = has_key ? (key ? key : "") : NULL;
    if (headers)
        return rd_kafka_producev(
            rk, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
            RD_KAFKA_V_VALUE((void *)v, value_size), RD_KAFKA_V_KEY((void *)k, key_size),
            RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_END);
    return rd_kafka_producev(
        rk, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE((void *)v, value_size), RD_KAFKA_V_KEY((void *)k, key_size),
        RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_OPAQUE(opaque), RD_KAFKA_V_END);
}
