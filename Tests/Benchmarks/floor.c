/* The floor: what the job costs when it is written in C for nothing but speed.
 *
 * The job's simpler core: read releases and kits; keep each kit; for each release of a person who agreed, look up the
 * person, the service of the area and the newest kit, write the handover to a ledger and to a topic, exactly once.
 * No custody spell, no order among sources, no versions, no timers, no corrections, no merges.
 *
 * Three threads, each a batch ahead of the next: read and parse; one PostgreSQL transaction of three set-based
 * statements; one Kafka transaction with the offsets of the batch inside. PostgreSQL commits first and remembers the
 * record each handover came from: after a crash a record that comes again finds its own row and is sent again, while a
 * repeat in another place finds somebody else's and is not.
 *
 * Settings come from the environment (see peers.sh); prints FIRST and DONE with the time, then waits for the end of its
 * standard input, so that whoever started it can read what it used. */
#include <arpa/inet.h>
#include <libpq-fe.h>
#include <librdkafka/rdkafka.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 3, BATCH_MAX = 5000, BODY_MAX = 2048, ID_MAX = 64 };

typedef struct {
    const char *at;
    int size;
} text;

/* ---- small things ---- */

static const char *setting(const char *name) {
    const char *value = getenv(name);
    if (!value) {
        fprintf(stderr, "floor: %s is not set\n", name);
        exit(2);
    }
    return value;
}

static void fail(const char *where, const char *why) {
    fprintf(stderr, "floor: %s: %s\n", where, why);
    _exit(1);
}

static void say(const char *mark) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    printf("%s %ld.%06ld\n", mark, (long)now.tv_sec, now.tv_nsec / 1000);
    fflush(stdout);
}

/* ---- JSON: the whole text is checked; string members that are wanted are noted ---- */

enum { RELEASED_AT, PRISON, MOVEMENT, REASON, KIT, PRODUCT, EXPIRY, WANTED };
static const char *const member_names[WANTED] = {
    "releasedAt", "prisonId", "movementReasonCode", "releaseReason", "kitId", "product", "expiryDate"};

typedef struct {
    const char *at, *end;
    text *members;
} scanner;

static void blanks(scanner *s) {
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t')) s->at++;
}

static int string(scanner *s, text *out) {
    if (s->at == s->end || *s->at != '"') return 0;
    out->at = ++s->at;
    while (s->at < s->end && *s->at != '"') {
        if ((unsigned char)*s->at < 0x20) return 0;
        if (*s->at == '\\' && ++s->at == s->end) return 0;
        s->at++;
    }
    if (s->at == s->end) return 0;
    out->size = (int)(s->at++ - out->at);
    return 1;
}

static int wanted(text name) {
    for (int i = 0; i < WANTED; i++)
        if (strlen(member_names[i]) == (size_t)name.size && !memcmp(member_names[i], name.at, name.size)) return i;
    return -1;
}

static int value(scanner *s, int member, int depth);

static int members(scanner *s, int depth) {
    do {
        text name;
        s->at++;
        blanks(s);
        if (!string(s, &name)) return 0;
        blanks(s);
        if (s->at == s->end || *s->at++ != ':' || !value(s, wanted(name), depth)) return 0;
    } while (s->at < s->end && *s->at == ',');
    return s->at < s->end && *s->at++ == '}';
}

static int elements(scanner *s, int depth) {
    do {
        s->at++;
        if (!value(s, -1, depth)) return 0;
    } while (s->at < s->end && *s->at == ',');
    return s->at < s->end && *s->at++ == ']';
}

static int plain(scanner *s) {
    static const char *const words[] = {"true", "false", "null"};
    for (int i = 0; i < 3; i++) {
        size_t size = strlen(words[i]);
        if ((size_t)(s->end - s->at) >= size && !memcmp(s->at, words[i], size)) return s->at += size, 1;
    }
    const char *start = s->at;
    while (s->at < s->end && ((*s->at >= '0' && *s->at <= '9') || memchr("+-.eE", *s->at, 5))) s->at++;
    return s->at > start;
}

static int value(scanner *s, int member, int depth) {
    blanks(s);
    if (s->at == s->end || depth > 32) return 0;
    int done;
    if (*s->at == '"') {
        text found;
        done = string(s, &found);
        if (done && member >= 0) s->members[member] = found;
    } else if (*s->at == '{' || *s->at == '[') {
        int is_object = *s->at == '{';
        scanner ahead = {s->at + 1, s->end, s->members};
        blanks(&ahead);
        if (ahead.at < ahead.end && *ahead.at == (is_object ? '}' : ']')) {
            s->at = ahead.at + 1;
            done = 1;
        } else {
            done = is_object ? members(s, depth + 1) : elements(s, depth + 1);
        }
    } else {
        done = plain(s);
    }
    blanks(s);
    return done;
}

static int parse(text json, text found[WANTED]) {
    memset(found, 0, sizeof(text) * WANTED);
    scanner s = {json.at, json.at + json.size, found};
    return json.size > 0 && value(&s, -1, 0) && s.at == s.end;
}

/* ---- a batch, and the three threads it goes through ---- */

typedef struct {
    text key, time, members[WANTED], body;
    int is_sent, partition, id_size;
    int64_t offset;
    char id[ID_MAX];
} entry;

typedef struct {
    rd_kafka_message_t *messages[BATCH_MAX];
    int count, releases, kits, refused, is_last;
    entry release[BATCH_MAX], kit[BATCH_MAX];
    text bad_key[BATCH_MAX], bad[BATCH_MAX];
    rd_kafka_topic_partition_list_t *offsets;
    char *bodies;
    size_t used;
} batch;

static batch slots[SLOTS];
static long finished[3];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static rd_kafka_t *consumer, *producer;
static PGconn *postgres;
static const char *release_topic, *kit_topic, *handover_topic, *rejected_topic;

static void wait_until(int stage, long batches) {
    pthread_mutex_lock(&lock);
    while (finished[stage] < batches) pthread_cond_wait(&moved, &lock);
    pthread_mutex_unlock(&lock);
}

static void finish(int stage) {
    pthread_mutex_lock(&lock);
    finished[stage]++;
    pthread_cond_broadcast(&moved);
    pthread_mutex_unlock(&lock);
}

/* ---- first thread: read and parse ---- */

static text header(rd_kafka_message_t *message, const char *name) {
    rd_kafka_headers_t *headers;
    const void *found;
    size_t size;
    if (!rd_kafka_message_headers(message, &headers) && !rd_kafka_header_get_last(headers, name, &found, &size))
        return (text){found, (int)size};
    return (text){"", 0};
}

static void note_offset(batch *b, rd_kafka_message_t *m) {
    const char *topic = rd_kafka_topic_name(m->rkt);
    rd_kafka_topic_partition_t *p = rd_kafka_topic_partition_list_find(b->offsets, topic, m->partition);
    if (!p) {
        p = rd_kafka_topic_partition_list_add(b->offsets, topic, m->partition);
        p->offset = 0;
    }
    if (p->offset <= m->offset) p->offset = m->offset + 1;
}

static void sort_in(batch *b, rd_kafka_message_t *m) {
    entry e = {.key = {m->key, (int)m->key_len}, .partition = m->partition, .offset = m->offset};
    text json = {m->payload, (int)m->len};
    e.time = header(m, "ce_time");
    int is_whole = parse(json, e.members) && e.key.size > 0 && e.time.size > 0;
    int is_release = !strcmp(rd_kafka_topic_name(m->rkt), release_topic);
    if (is_whole && is_release && e.members[RELEASED_AT].at && e.key.size + e.members[RELEASED_AT].size < ID_MAX) {
        if (e.members[REASON].size == 4 && !memcmp(e.members[REASON].at, "DIED", 4)) return;
        e.id_size = sprintf(e.id, "%.*s/%.*s", e.key.size, e.key.at, e.members[RELEASED_AT].size,
                            e.members[RELEASED_AT].at);
        b->release[b->releases++] = e;
    } else if (is_whole && !is_release && e.members[KIT].at && e.members[PRODUCT].at && e.members[EXPIRY].at) {
        b->kit[b->kits++] = e;
    } else {
        b->bad_key[b->refused] = e.key;
        b->bad[b->refused++] = json;
    }
}

static void read_all(long total) {
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(consumer);
    long seen = 0, turn = 0;
    while (!total || seen < total) {
        wait_until(2, turn - SLOTS + 1);
        batch *b = &slots[turn % SLOTS];
        ssize_t count = rd_kafka_consume_batch_queue(queue, 10, b->messages, BATCH_MAX);
        if (count <= 0) continue;
        if (!seen) say("FIRST");
        b->count = (int)count;
        b->releases = b->kits = b->refused = 0;
        b->used = 0;
        b->offsets = rd_kafka_topic_partition_list_new(16);
        for (int i = 0; i < b->count; i++) {
            if (b->messages[i]->err) continue;
            seen++;
            note_offset(b, b->messages[i]);
            sort_in(b, b->messages[i]);
        }
        turn++;
        finish(0);
    }
    wait_until(2, turn - SLOTS + 1);
    slots[turn % SLOTS].is_last = 1;
    finish(0);
    wait_until(2, turn + 1);
}

/* ---- second thread: PostgreSQL, arrays in binary ---- */

typedef struct {
    char *bytes;
    size_t size, room;
} column;
static column columns[8];

static void put(column *c, const void *bytes, size_t size) {
    if (c->size + size > c->room) {
        c->room = (c->size + size) * 2 + 65536;
        c->bytes = realloc(c->bytes, c->room);
    }
    memcpy(c->bytes + c->size, bytes, size);
    c->size += size;
}

static void put32(column *c, uint32_t number) {
    number = htonl(number);
    put(c, &number, 4);
}

static void put64(column *c, uint64_t number) {
    put32(c, (uint32_t)(number >> 32));
    put32(c, (uint32_t)number);
}

enum { TEXT = 25, JSONB = 3802, INT4 = 23, INT8 = 20 };

static void begin_array(column *c, uint32_t type, int count) {
    c->size = 0;
    put32(c, count > 0);
    put32(c, 0);
    put32(c, type);
    if (count > 0) {
        put32(c, count);
        put32(c, 1);
    }
}

static void put_text(column *c, text t) {
    put32(c, t.size);
    put(c, t.at, t.size);
}

static void texts(column *c, int count, entry *const *entries, text (*take)(const entry *)) {
    begin_array(c, TEXT, count);
    for (int i = 0; i < count; i++) put_text(c, take(entries[i]));
}

static PGresult *checked(PGresult *result, const char *where) {
    ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_TUPLES_OK && status != PGRES_COMMAND_OK) fail(where, PQerrorMessage(postgres));
    return result;
}

static PGresult *execute(const char *name, int count) {
    const char *values[8];
    int sizes[8], formats[8];
    for (int i = 0; i < count; i++) {
        values[i] = columns[i].bytes;
        sizes[i] = (int)columns[i].size;
        formats[i] = 1;
    }
    return checked(PQexecPrepared(postgres, name, count, values, sizes, formats, 1), name);
}

static void plainly(const char *sql) { PQclear(checked(PQexec(postgres, sql), sql)); }

static const char *const statements[][2] = {
    {"keep kits",
     "insert into kit select distinct on (i) i, n, p, e::date, t::timestamptz"
     " from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[]) as u(i, n, p, e, t)"
     " on conflict (kit_id) do nothing"},
    {"look up",
     "select r.i::int4, p.name, p.born::text, p.postcode, p.authority, coalesce(c.provider, 'NOBODY'), k.kit_id,"
     " k.product, k.expiry::text from unnest($1::text[]) with ordinality as r(noms, i)"
     " join person p on p.noms = r.noms left join coverage c on c.authority = p.authority left join lateral"
     " (select * from kit where kit.noms = r.noms order by issued_at desc limit 1) k on true where p.agreed"},
    {"record",
     "insert into handover select i, n, v, t::timestamptz, b, s, o"
     " from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::jsonb[], $6::int4[], $7::int8[])"
     " as u(i, n, v, t, b, s, o) on conflict do nothing returning handover_id"},
    {"mine",
     "select u.x::int4 from unnest($1::text[], $2::int4[], $3::int8[]) with ordinality as u(i, s, o, x)"
     " join handover h on h.handover_id = u.i and h.partition = u.s and h.\"offset\" = u.o"}};

static void connect_postgres(void) {
    postgres = PQconnectdb(setting("POSTGRES"));
    if (PQstatus(postgres) != CONNECTION_OK) fail("connect", PQerrorMessage(postgres));
    plainly("set plan_cache_mode = force_generic_plan");
    plainly("set enable_hashjoin = off");
    plainly("set enable_mergejoin = off");
    plainly("set enable_seqscan = off");
    for (size_t i = 0; i < sizeof statements / sizeof *statements; i++)
        PQclear(checked(PQprepare(postgres, statements[i][0], statements[i][1], 0, NULL), statements[i][0]));
}

static text key_of(const entry *e) { return e->key; }
static text time_of(const entry *e) { return e->time; }
static text id_of(const entry *e) { return (text){e->id, e->id_size}; }
static text released_of(const entry *e) { return e->members[RELEASED_AT]; }
static text kit_of(const entry *e) { return e->members[KIT]; }
static text product_of(const entry *e) { return e->members[PRODUCT]; }
static text expiry_of(const entry *e) { return e->members[EXPIRY]; }

static void keep_kits(batch *b) {
    static entry *kits[BATCH_MAX];
    for (int i = 0; i < b->kits; i++) kits[i] = &b->kit[i];
    text (*const take[5])(const entry *) = {kit_of, key_of, product_of, expiry_of, time_of};
    for (int i = 0; i < 5; i++) texts(&columns[i], b->kits, kits, take[i]);
    PQclear(execute("keep kits", 5));
}

static int number(PGresult *rows, int row, int column) {
    uint32_t n;
    memcpy(&n, PQgetvalue(rows, row, column), 4);
    return (int)ntohl(n);
}

#define FIELD(c) PQgetlength(rows, row, c), PQgetvalue(rows, row, c)

static const char advice[] =
    "Tolerance falls in custody. Offer to be seen on the same day, check that a naloxone kit is carried and in date, "
    "and tell the person where to get another.";

static void write_body(batch *b, entry *e, PGresult *rows, int row) {
    char *start = b->bodies + b->used, *at = start;
    at += sprintf(
        at,
        "{\"handoverId\":\"%.*s\",\"releasedAt\":\"%.*s\",\"prison\":\"%.*s\",\"person\":{\"noms\":\"%.*s\","
        "\"name\":\"%.*s\",\"dob\":\"%.*s\",\"postcode\":\"%.*s\",\"authority\":\"%.*s\"},\"provider\":\"%.*s\",\"kit\":",
        e->id_size, e->id, e->members[RELEASED_AT].size, e->members[RELEASED_AT].at, e->members[PRISON].size,
        e->members[PRISON].at, e->key.size, e->key.at, FIELD(1), FIELD(2), FIELD(3), FIELD(4), FIELD(5));
    if (PQgetisnull(rows, row, 6))
        at += sprintf(at, "null");
    else
        at += sprintf(at, "{\"id\":\"%.*s\",\"product\":\"%.*s\",\"expires\":\"%.*s\"}", FIELD(6), FIELD(7), FIELD(8));
    at += sprintf(at, ",\"advice\":\"%s\"}", advice);
    e->body = (text){start, (int)(at - start)};
    b->used += (size_t)(at - start) + 1;
}

/* A handover that was there before is sent only when it came from the same record: it was not sent then. */
static void find_mine(entry **missing, int count) {
    texts(&columns[0], count, missing, id_of);
    begin_array(&columns[1], INT4, count);
    begin_array(&columns[2], INT8, count);
    for (int i = 0; i < count; i++) {
        put32(&columns[1], 4);
        put32(&columns[1], missing[i]->partition);
        put32(&columns[2], 8);
        put64(&columns[2], missing[i]->offset);
    }
    PGresult *mine = execute("mine", 3);
    for (int i = 0; i < PQntuples(mine); i++) missing[number(mine, i, 0) - 1]->is_sent = 1;
    PQclear(mine);
}

static void write_handovers(entry **sent, text *providers, int count) {
    texts(&columns[0], count, sent, id_of);
    texts(&columns[1], count, sent, key_of);
    texts(&columns[3], count, sent, released_of);
    begin_array(&columns[2], TEXT, count);
    begin_array(&columns[4], JSONB, count);
    begin_array(&columns[5], INT4, count);
    begin_array(&columns[6], INT8, count);
    for (int i = 0; i < count; i++) {
        put_text(&columns[2], providers[i]);
        put32(&columns[4], sent[i]->body.size + 1);
        put(&columns[4], "\1", 1);
        put(&columns[4], sent[i]->body.at, sent[i]->body.size);
        put32(&columns[5], 4);
        put32(&columns[5], sent[i]->partition);
        put32(&columns[6], 8);
        put64(&columns[6], sent[i]->offset);
    }
    PGresult *rows = execute("record", 7);
    static entry *missing[BATCH_MAX];
    int next = 0, absent = 0;
    for (int i = 0; i < count; i++) { /* the rows come back in the order in which they went */
        text id = id_of(sent[i]);
        if (next < PQntuples(rows) && PQgetlength(rows, next, 0) == id.size &&
            !memcmp(PQgetvalue(rows, next, 0), id.at, id.size)) {
            sent[i]->is_sent = 1;
            next++;
        } else {
            missing[absent++] = sent[i];
        }
    }
    if (next != PQntuples(rows)) fail("record", "rows came back in another order");
    PQclear(rows);
    if (absent) find_mine(missing, absent);
}

static void record_releases(batch *b) {
    static entry *releases[BATCH_MAX], *sent[BATCH_MAX];
    static text providers[BATCH_MAX];
    for (int i = 0; i < b->releases; i++) releases[i] = &b->release[i];
    texts(&columns[0], b->releases, releases, key_of);
    PGresult *rows = execute("look up", 1);
    int count = PQntuples(rows);
    for (int row = 0; row < count; row++) {
        sent[row] = releases[number(rows, row, 0) - 1];
        write_body(b, sent[row], rows, row);
        providers[row] = (text){PQgetvalue(rows, row, 5), PQgetlength(rows, row, 5)};
    }
    if (count) write_handovers(sent, providers, count);
    PQclear(rows);
}

static void *record_all(void *none) {
    for (long turn = 0;; turn++) {
        wait_until(0, turn + 1);
        batch *b = &slots[turn % SLOTS];
        int is_last = b->is_last;
        if (!is_last) {
            plainly("begin");
            if (b->kits) keep_kits(b);
            if (b->releases) record_releases(b);
            plainly("commit");
        }
        finish(1);
        if (is_last) return none;
    }
}

/* ---- third thread: one Kafka transaction a batch ---- */

static void must(const char *where, rd_kafka_error_t *error) {
    if (error) fail(where, rd_kafka_error_string(error));
}

static void produce(const char *topic, text key, text body) {
    rd_kafka_resp_err_t error = rd_kafka_producev(
        producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(key.at, key.size), RD_KAFKA_V_VALUE((void *)body.at, body.size),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK), RD_KAFKA_V_END);
    if (error) fail("produce", rd_kafka_err2str(error));
}

static void publish(batch *b) {
    must("begin", rd_kafka_begin_transaction(producer));
    for (int i = 0; i < b->releases; i++)
        if (b->release[i].is_sent) produce(handover_topic, id_of(&b->release[i]), b->release[i].body);
    for (int i = 0; i < b->refused; i++) produce(rejected_topic, b->bad_key[i], b->bad[i]);
    rd_kafka_consumer_group_metadata_t *group = rd_kafka_consumer_group_metadata(consumer);
    must("offsets", rd_kafka_send_offsets_to_transaction(producer, b->offsets, group, 10000));
    must("commit", rd_kafka_commit_transaction(producer, 10000));
    rd_kafka_consumer_group_metadata_destroy(group);
    rd_kafka_topic_partition_list_destroy(b->offsets);
    for (int i = 0; i < b->count; i++) rd_kafka_message_destroy(b->messages[i]);
}

static void *publish_all(void *none) {
    for (long turn = 0;; turn++) {
        wait_until(1, turn + 1);
        int is_last = slots[turn % SLOTS].is_last;
        if (!is_last) publish(&slots[turn % SLOTS]);
        finish(2);
        if (is_last) return none;
    }
}

/* ---- start ---- */

static rd_kafka_t *client(rd_kafka_type_t type, const char *const (*settings)[2], int count) {
    char why[256];
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    for (int i = 0; i < count; i++)
        if (rd_kafka_conf_set(conf, settings[i][0], settings[i][1], why, sizeof why)) fail(settings[i][0], why);
    rd_kafka_t *made = rd_kafka_new(type, conf, why, sizeof why);
    if (!made) fail("client", why);
    return made;
}

static void connect_kafka(void) {
    const char *const reading[][2] = {
        {"bootstrap.servers", setting("KAFKA")}, {"group.id", setting("GROUP")}, {"auto.offset.reset", "earliest"},
        {"enable.auto.commit", "false"}, {"isolation.level", "read_committed"}, {"fetch.wait.max.ms", "50"},
        {"receive.message.max.bytes", "1000000000"}};
    const char *const writing[][2] = {
        {"bootstrap.servers", setting("KAFKA")}, {"transactional.id", setting("GROUP")}, {"linger.ms", "1"},
        {"compression.type", "lz4"}, {"queue.buffering.max.messages", "1000000"}};
    consumer = client(RD_KAFKA_CONSUMER, reading, sizeof reading / sizeof *reading);
    rd_kafka_poll_set_consumer(consumer);
    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(2);
    rd_kafka_topic_partition_list_add(topics, release_topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_topic_partition_list_add(topics, kit_topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(consumer, topics);
    rd_kafka_topic_partition_list_destroy(topics);
    producer = client(RD_KAFKA_PRODUCER, writing, sizeof writing / sizeof *writing);
    must("start", rd_kafka_init_transactions(producer, 10000));
}

int main(void) {
    release_topic = setting("RELEASES");
    kit_topic = setting("KITS");
    handover_topic = setting("HANDOVERS");
    rejected_topic = setting("REJECTED");
    for (int i = 0; i < SLOTS; i++) slots[i].bodies = malloc((size_t)BATCH_MAX * BODY_MAX);
    connect_postgres();
    connect_kafka();
    pthread_t threads[2];
    pthread_create(&threads[0], NULL, record_all, NULL);
    pthread_create(&threads[1], NULL, publish_all, NULL);
    read_all(atol(setting("TOTAL")));
    say("DONE");
    while (getchar() != EOF) {
    }
    rd_kafka_consumer_close(consumer);
    _exit(0);
}
