/* What the thread sanitizer does not see by itself, loaded before the C library.

   librdkafka starts and locks with C11 threads: the sanitizer crashes in them, and takes what they hand over for a race.
   This says the same with POSIX threads, which it knows; in glibc both kinds of mutex and condition have one layout.

   Swift's Mutex takes a lock that it had to wait for, and hands on one that is waited for, inside its own library. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"

extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

__attribute__((used)) static void *lock_slow, *unlock_slow;

__attribute__((used)) static void acquired(void *mutex) {
    if (__tsan_acquire) __tsan_acquire(mutex);
}

__attribute__((used)) static void releases(void *mutex) {
    if (__tsan_release) __tsan_release(mutex);
}

__attribute__((constructor)) static void find(void) {
    lock_slow = dlsym(RTLD_NEXT, LOCK_SLOW);
    unlock_slow = dlsym(RTLD_NEXT, UNLOCK_SLOW);
}

/* Swift on x86-64 passes the mutex in r13. */
__asm__(
    ".globl \"" LOCK_SLOW "\"\n.type \"" LOCK_SLOW "\", @function\n\"" LOCK_SLOW "\":\n"
    "push %r13\n call *lock_slow(%rip)\n mov (%rsp), %rdi\n call acquired\n pop %r13\n ret\n"
    ".globl \"" UNLOCK_SLOW "\"\n.type \"" UNLOCK_SLOW "\", @function\n\"" UNLOCK_SLOW "\":\n"
    "push %r13\n mov %r13, %rdi\n call releases\n mov (%rsp), %r13\n call *unlock_slow(%rip)\n pop %r13\n ret\n");

struct start {
    thrd_start_t body;
    void *argument;
};

static void *run(void *given) {
    struct start start = *(struct start *)given;
    free(given);
    return (void *)(intptr_t)start.body(start.argument);
}

static int outcome(int error) {
    switch (error) {
    case 0: return thrd_success;
    case ENOMEM: return thrd_nomem;
    case EBUSY: return thrd_busy;
    case ETIMEDOUT: return thrd_timedout;
    default: return thrd_error;
    }
}

int thrd_create(thrd_t *thread, thrd_start_t body, void *argument) {
    struct start *start = malloc(sizeof *start);
    if (!start) return thrd_nomem;
    *start = (struct start){body, argument};
    int error = pthread_create((pthread_t *)thread, NULL, run, start);
    if (error) free(start);
    return outcome(error);
}

int thrd_join(thrd_t thread, int *result) {
    void *returned = NULL;
    int error = pthread_join((pthread_t)thread, &returned);
    if (!error && result) *result = (int)(intptr_t)returned;
    return outcome(error);
}

int thrd_detach(thrd_t thread) { return outcome(pthread_detach((pthread_t)thread)); }

int mtx_init(mtx_t *mutex, int type) {
    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    if (type & mtx_recursive) pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
    int error = pthread_mutex_init((pthread_mutex_t *)mutex, &attributes);
    pthread_mutexattr_destroy(&attributes);
    return outcome(error);
}

int mtx_lock(mtx_t *mutex) { return outcome(pthread_mutex_lock((pthread_mutex_t *)mutex)); }
int mtx_trylock(mtx_t *mutex) { return outcome(pthread_mutex_trylock((pthread_mutex_t *)mutex)); }
int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict until) {
    return outcome(pthread_mutex_timedlock((pthread_mutex_t *)mutex, until));
}
int mtx_unlock(mtx_t *mutex) { return outcome(pthread_mutex_unlock((pthread_mutex_t *)mutex)); }
void mtx_destroy(mtx_t *mutex) { pthread_mutex_destroy((pthread_mutex_t *)mutex); }

int cnd_init(cnd_t *condition) { return outcome(pthread_cond_init((pthread_cond_t *)condition, NULL)); }
int cnd_signal(cnd_t *condition) { return outcome(pthread_cond_signal((pthread_cond_t *)condition)); }
int cnd_broadcast(cnd_t *condition) { return outcome(pthread_cond_broadcast((pthread_cond_t *)condition)); }
int cnd_wait(cnd_t *condition, mtx_t *mutex) {
    return outcome(pthread_cond_wait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex));
}
int cnd_timedwait(cnd_t *restrict condition, mtx_t *restrict mutex, const struct timespec *restrict until) {
    return outcome(pthread_cond_timedwait((pthread_cond_t *)condition, (pthread_mutex_t *)mutex, until));
}
void cnd_destroy(cnd_t *condition) { pthread_cond_destroy((pthread_cond_t *)condition); }
